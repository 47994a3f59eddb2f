import { type Measure, measureRanks, perQueryMeasure, type RelevantRanks } from '../metrics/index.js';
import type { TaskEvaluation } from './summarize-task.js';

const joined = <A extends Float64Array | Uint32Array>(
  arrays: readonly A[],
  create: (length: number) => A,
): A => {
  const all = create(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
};

const joinRanks = (parts: readonly RelevantRanks[]): RelevantRanks => {
  const offsets = new Uint32Array(parts.reduce((sum, { queries }) => sum + queries, 0) + 1);
  let query = 0;
  let pairs = 0;
  for (const part of parts) {
    for (let q = 0; q < part.queries; q++) offsets[++query] = pairs + part.offsets[q + 1]!;
    pairs += part.ranks.length;
  }
  return {
    queries: query,
    offsets,
    ranks: joined(
      parts.map(({ ranks }) => ranks),
      (n) => new Float64Array(n),
    ),
    gains: joined(
      parts.map(({ gains }) => gains),
      (n) => new Float64Array(n),
    ),
    documents: joined(
      parts.map(({ documents }) => documents),
      (n) => new Uint32Array(n),
    ),
  };
};

/**
 * The evaluation of a benchmark whose queries have candidates of their own, from those of its parts: means over all
 * queries, not over the parts.
 *
 * @param name Of the whole.
 * @param parts By the same measure.
 * @throws RangeError when there is no part, their measures differ, or they were made with `ties: 'expected'`.
 *
 * @example
 * ```ts
 * import { evaluateBm25, joinEvaluations, type RetrievalTask } from 'oasis-embed/benchmarks';
 * async function* read(text: string) {
 *   yield { id: text, key: text, text };
 * }
 * const part = (text: string): RetrievalTask => ({
 *   name: text,
 *   measure: 'mrr@1000',
 *   queries: () => read(text),
 *   documents: () => read(text),
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * });
 * const parts = [await evaluateBm25(part('sort a list')), await evaluateBm25(part('read a file'))];
 * console.log(joinEvaluations('Both', parts).queries); // 2
 * ```
 */
export const joinEvaluations = (name: string, parts: readonly TaskEvaluation[]): TaskEvaluation => {
  const [first] = parts;
  if (first === undefined) throw new RangeError('parts must hold at least one evaluation, received 0');
  const measures = Object.keys(first.measures) as Measure[];
  for (const part of parts) {
    const own = Object.keys(part.measures);
    if (own.join() !== measures.join()) {
      throw new RangeError(`parts must have the measures ${measures.join(', ')}, received ${own.join(', ')}`);
    }
    if (part.ranks.tied !== undefined) {
      throw new RangeError(
        "parts must not be made with ties: 'expected', which ranks do not tell by themselves",
      );
    }
  }
  const ranks = joinRanks(parts.map((part) => part.ranks));
  const means = measureRanks(ranks, measures);
  // The benchmark's own measure comes first: see summarizeTask.
  const [own] = measures as [Measure];
  return {
    task: name,
    score: means[own]!,
    measures: means,
    perQuery: perQueryMeasure(ranks, own),
    ranks,
    queries: ranks.queries,
    documents: parts.reduce((sum, { documents }) => sum + documents, 0),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
  };
};
