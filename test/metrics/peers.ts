import { expect } from 'vitest';
import { type EvaluateRunOptions, evaluateRun, type Qrels, type Run } from '../../src/metrics/index.js';

type Table = Record<string, Record<string, number>>;

/** A line of what golden/peers.py prints. */
export interface PeerCase {
  readonly qrels: Table;
  readonly run: readonly (readonly [string, readonly (readonly [string, number])[]])[];
  readonly beir: { readonly qrels: Table; readonly values: Record<string, number> } | null;
  /** By coir-eval, whose evaluation is a copy of beir's; not in the committed file. */
  readonly coir?: PeerCase['beir'];
  readonly trec: { readonly queries: Table; readonly gm_map: number | null };
  readonly ir?: Table;
  readonly ranx?: Table;
}

const BEIR_NAMES: Readonly<Record<string, string>> = { NDCG: 'nDCG', MAP: 'MAP', Accuracy: 'accuracy' };

const byQuery = (run: Run, qrels: Qrels, expected: Table, options: EvaluateRunOptions) => {
  const names = [...new Set(Object.values(expected).flatMap((row) => Object.keys(row)))];
  const found = evaluateRun(run, qrels, names, options);
  const compared = found.queryIds.flatMap((query, q) => {
    const row = expected[query];
    if (row === undefined) return [];
    return Object.entries(row).map(([name, value]): [string, number, number] => [
      `${query} ${name}`,
      found.perQuery[name]![q]!,
      value,
    ]);
  });
  for (const [place, own, peer] of compared) {
    // gdeval prints five digits.
    const digits = /ERR|exp-log2/.test(place) ? 5.01e-6 : 1e-9;
    if (!(Math.abs(own - peer) <= digits)) expect(own, place).toBe(peer);
  }
  return compared.length;
};

const compareBeir = (
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  given: PeerCase['beir'],
  peer: string,
): number => {
  if (given === null) return 0;
  const { qrels, values } = given;
  const names = Object.keys(values);
  const measures = names.map((name) => name.replace(/^[A-Z]+|^Accuracy/, (kind) => BEIR_NAMES[kind] ?? kind));
  const kept = new Map([...run].filter(([query]) => query in qrels));
  const { mean } = evaluateRun(kept, qrels, measures, { profile: 'beir' });
  names.forEach((name, i) => {
    // Both round to five digits.
    const own = mean[measures[i]!]!;
    if (!(Math.abs(own - values[name]!) <= 5.01e-6)) expect(own, `${peer} ${name}`).toBe(values[name]);
  });
  return names.length;
};

/** Compares every value of a case with this library's; returns how many there were. */
export const comparePeers = (given: PeerCase): number => {
  const run = new Map(given.run.map(([query, row]) => [query, new Map(row)]));
  let compared = byQuery(run, given.qrels, given.trec.queries, { profile: 'trec_eval-9' });
  if (given.trec.gm_map !== null) {
    const { mean } = evaluateRun(run, given.qrels, ['gm_map'], { profile: 'trec_eval' });
    expect(mean.gm_map).toBeCloseTo(given.trec.gm_map, 9);
  }
  if (given.ir !== undefined) compared += byQuery(run, given.qrels, given.ir, { withoutRelevant: 'zero' });
  if (given.ranx !== undefined) compared += byQuery(run, given.qrels, given.ranx, {});
  for (const peer of ['beir', 'coir'] as const) compared += compareBeir(run, given[peer] ?? null, peer);
  return compared;
};
