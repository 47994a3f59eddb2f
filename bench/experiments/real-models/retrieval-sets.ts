import { join } from 'node:path';
import { distinct } from '../../../examples/oasis-full/corpus/distinct-texts.js';
import type { StoredFunction } from '../../../examples/oasis-full/corpus/stored-function.js';
import { readJsonLines } from '../../../examples/oasis-full/store/json-lines.js';
import { loadCosqa } from '../../../src/benchmarks/index.js';
import { analyzeRepository, dropReason, findNearDuplicates } from '../../../src/corpus/index.js';
import type { RelevancePairs } from '../../../src/metrics/index.js';
import { createRandom, shuffleInPlace } from '../../../src/numerics/index.js';

/** Queries, documents, and which answer which. */
export interface RetrievalSet {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  readonly relevant: RelevancePairs & { readonly query: Uint32Array };
}

const byDocstring = (
  functions: readonly { readonly summary: string; readonly code: string }[],
): RetrievalSet => {
  const { texts, rows } = distinct(functions.map(({ summary }) => summary));
  return {
    queries: texts,
    documents: functions.map(({ code }) => code),
    relevant: { query: rows, document: Uint32Array.from(rows, (_, i) => i) },
  };
};

/** Documented functions of a split of a run, or a random part of them. */
export const splitSet = async (
  run: string,
  split: StoredFunction['split'],
  limit = Number.POSITIVE_INFINITY,
): Promise<RetrievalSet> => {
  const functions: { summary: string; code: string }[] = [];
  for await (const fn of readJsonLines<StoredFunction>(join(run, 'functions.jsonl')))
    if (fn.documented && fn.split === split) functions.push({ summary: fn.summary!, code: fn.code });
  if (functions.length <= limit) return byDocstring(functions);
  const order = shuffleInPlace(Uint32Array.from(functions.keys()), createRandom(0, split));
  return byDocstring(Array.from(order.subarray(0, limit), (i) => functions[i]!));
};

/** Documented functions of packages that no run has read, filtered as a run filters. */
export const packagesSet = async (folder: string, packages: readonly string[]): Promise<RetrievalSet> => {
  const functions: { summary: string; code: string }[] = [];
  for (const name of packages) {
    const analysis = await analyzeRepository(join(folder, 'node_modules', name), { repository: name });
    for (const fn of analysis.functions)
      if (dropReason(fn) === null) functions.push({ summary: fn.summary!, code: fn.code });
  }
  const repeated = new Set<number>();
  for (const { row } of findNearDuplicates(functions.map(({ code }) => code))) repeated.add(row);
  return byDocstring(functions.filter((_, i) => !repeated.has(i)));
};

/** CoSQA's 500 test queries among 6,267 codes. */
export const cosqaSet = async (folder: string): Promise<RetrievalSet> => {
  const task = await loadCosqa(folder);
  const documents: string[] = [];
  const places = new Map<string, number>();
  for await (const { text, key } of task.documents()) {
    places.set(key, documents.length);
    documents.push(text);
  }
  const queries: string[] = [];
  const answers: number[] = [];
  for await (const { text, key } of task.queries()) {
    queries.push(text);
    answers.push(places.get(key)!);
  }
  return {
    queries,
    documents,
    relevant: { query: Uint32Array.from(queries.keys()), document: Uint32Array.from(answers) },
  };
};
