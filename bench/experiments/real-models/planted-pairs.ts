import { isFalseNegative, plantNegatives } from '../../../src/refinement/index.js';
import { type AgreementData, casesOf, type Rule } from './measure-agreement.js';
import { negativeFacts } from './negative-facts.js';
import type { TrainingPairs } from './training-pairs.js';

/** As the run raises: a label just above that of its positive. */
const DELTA = 0.05;
/** Neither of those that the rule was chosen by. */
const SEED = 3;

export interface PlantedPairs {
  /** Training data by what was done to the planted false negatives. */
  readonly variants: ReadonlyMap<string, TrainingPairs>;
  readonly planted: readonly string[];
  readonly summary: string;
}

/**
 * Planted negatives, false and true, as further negatives of their docstrings: labeled by the last teacher, then raised where the
 * rule accepts them, raised where they are false, or the false ones left out.
 */
export const plantedPairs = async ({
  labeled,
  rule,
  ...data
}: Omit<AgreementData, 'pairs'> & {
  readonly labeled: TrainingPairs;
  readonly rule: Rule;
}): Promise<PlantedPairs> => {
  const { functions, versions, perKind } = data;
  const found = await plantNegatives(functions, { perKind, seed: SEED, otherVersions: versions });
  const { kind, query, code } = found;
  const pool = { queries: labeled.queries, documents: labeled.documents };
  const [facts] = await negativeFacts([casesOf(functions, found)], pool, data.teachers);
  const queryOf = new Map(labeled.queries.map((text, i) => [text, i]));
  const documentOf = new Map(labeled.documents.map((text, i) => [text, i]));
  const labelOf = new Map<number, number>();
  const { pairs } = labeled;
  for (let pair = 0; pair < pairs.query.length; pair++)
    if (pairs.positive[pair])
      labelOf.set(
        pairs.query[pair]!,
        Math.max(labelOf.get(pairs.query[pair]!) ?? 0, pairs.similarity[pair]!),
      );

  const documents = [...labeled.documents];
  const added: { q: number; d: number; isFalse: boolean; accepted: boolean; own: number }[] = [];
  const taken = new Set(Array.from(pairs.query, (q, pair) => `${q} ${pairs.document[pair]}`));
  for (let i = 0; i < kind.length; i++) {
    const fn = functions[query[i]!]!;
    const q = queryOf.get(fn.docstring);
    if (q === undefined) continue;
    let d = documentOf.get(code[i]!);
    if (d === undefined) {
      d = documents.push(code[i]!) - 1;
      documentOf.set(code[i]!, d);
    }
    if (taken.has(`${q} ${d}`)) continue;
    taken.add(`${q} ${d}`);
    added.push({
      q,
      d,
      isFalse: isFalseNegative(kind[i]!),
      accepted: rule.accepts(facts![i]!),
      own: facts![i]!.teachers.at(-1)!.own,
    });
  }

  const own = added.map((one) => (1 + one.own) / 2);
  const variant = (
    label: (i: number) => number,
    keep: (i: number) => boolean = () => true,
  ): TrainingPairs => {
    const kept = added.map((_, i) => i).filter(keep);
    return {
      queries: labeled.queries,
      documents,
      pairs: {
        query: Uint32Array.from([...Array.from(pairs.query), ...kept.map((i) => added[i]!.q)]),
        document: Uint32Array.from([...Array.from(pairs.document), ...kept.map((i) => added[i]!.d)]),
        positive: Uint8Array.from([...Array.from(pairs.positive, Number), ...kept.map(() => 0)]),
        similarity: Float32Array.from([...Array.from(pairs.similarity), ...kept.map(label)]),
      },
    };
  };
  const raised = (i: number) => Math.min(1 - 2 ** -24, (labelOf.get(added[i]!.q) ?? own[i]!) + DELTA);
  const count = (test: (one: (typeof added)[number]) => boolean) => added.filter(test).length;
  return {
    planted: documents.slice(labeled.documents.length),
    summary:
      `${count(({ isFalse }) => isFalse)} false and ${count(({ isFalse }) => !isFalse)} true negatives planted among ` +
      `${pairs.query.length} pairs; the rule accepts ${count(({ isFalse, accepted }) => isFalse && accepted)} and ` +
      `${count(({ isFalse, accepted }) => !isFalse && accepted)}`,
    variants: new Map([
      ['as labeled', variant((i) => own[i]!)],
      ['raised by the rule', variant((i) => (added[i]!.accepted ? raised(i) : own[i]!))],
      ['raised by the truth', variant((i) => (added[i]!.isFalse ? raised(i) : own[i]!))],
      [
        'without the false ones',
        variant(
          (i) => own[i]!,
          (i) => !added[i]!.isFalse,
        ),
      ],
    ]),
  };
};
