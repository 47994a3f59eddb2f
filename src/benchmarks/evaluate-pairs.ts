import { checkOptions, checkPositiveInteger, type DenseMatrix } from '../numerics/index.js';
import type { TextEncoder } from './evaluate-task.js';
import type { JudgedPair } from './web-query.js';

/** How well scores tell pairs that match from pairs that do not. */
export interface PairEvaluation {
  /** Cosines of the pairs. */
  readonly scores: Float64Array;
  /** Pairs of at least this score are taken to match. */
  readonly threshold: number;
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Over all thresholds; equal scores are one threshold. */
  readonly averagePrecision: number;
}

/** The threshold of a pair classification, and who chose it. */
export interface EvaluatePairsOptions {
  /**
   * Chosen on other pairs, such as CoSQA's.
   * @defaultValue the one of highest accuracy on these pairs, which flatters
   */
  readonly threshold?: number;
  /** @defaultValue 64 */
  readonly batchSize?: number;
}

const dot = (a: DenseMatrix, b: DenseMatrix, row: number): number => {
  let sum = 0;
  for (let i = row * a.columns, end = i + a.columns; i < end; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
};

/** Pairs by score, equal scores together: how many match, how many do not. */
const groupsOf = (scores: Float64Array, pairs: readonly JudgedPair[]) => {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const groups: { score: number; right: number; wrong: number }[] = [];
  for (const i of order) {
    if (groups.at(-1)?.score !== scores[i]) groups.push({ score: scores[i]!, right: 0, wrong: 0 });
    const last = groups.at(-1)!;
    if (pairs[i]!.answers) last.right += 1;
    else last.wrong += 1;
  }
  return groups;
};

/**
 * Classifies pairs by the cosine of query and code: accuracy, precision, recall and F1 at a threshold, and average
 * precision without one.
 *
 * Without a threshold the one of highest accuracy is taken, midway between two scores; of several the highest.
 *
 * @param encoder Rows of length 1.
 * @throws RangeError when there is no pair, or the encoder returns other shapes.
 *
 * @example
 * ```ts
 * import { evaluatePairs } from 'oasis-embed/benchmarks';
 * const embed = (texts: readonly string[]) => ({
 *   data: Float32Array.from(texts.flatMap((text) => (text.includes('sort') ? [1, 0] : [0, 1]))),
 *   rows: texts.length,
 *   columns: 2,
 * });
 * const pairs = [
 *   { id: '0', query: 'sort a list', code: 'xs.sort()', answers: true },
 *   { id: '1', query: 'sort a list', code: 'open(path)', answers: false },
 * ];
 * const { accuracy, threshold } = await evaluatePairs(pairs, { embedQueries: embed, embedDocuments: embed });
 * console.log(accuracy, threshold); // 1 0.5
 * ```
 */
export const evaluatePairs = async (
  pairs: readonly JudgedPair[],
  encoder: TextEncoder,
  options: EvaluatePairsOptions = {},
): Promise<PairEvaluation> => {
  checkOptions('evaluatePairs', options, { threshold: true, batchSize: true });
  const { batchSize = 64 } = options;
  checkPositiveInteger('batchSize', batchSize);
  if (pairs.length === 0) throw new RangeError('pairs must hold at least one pair, received 0');
  const scores = new Float64Array(pairs.length);
  for (let start = 0; start < pairs.length; start += batchSize) {
    const batch = pairs.slice(start, start + batchSize);
    const queries = await encoder.embedQueries(batch.map(({ query }) => query));
    const codes = await encoder.embedDocuments(batch.map(({ code }) => code));
    if (queries.rows !== batch.length || codes.rows !== batch.length || queries.columns !== codes.columns) {
      throw new RangeError(
        `the encoder must return ${batch.length} rows of equal length, received [${queries.rows}, ${queries.columns}] and ` +
          `[${codes.rows}, ${codes.columns}]`,
      );
    }
    for (let i = 0; i < batch.length; i++) scores[start + i] = dot(queries, codes, i);
  }
  const groups = groupsOf(scores, pairs);
  const positives = pairs.filter(({ answers }) => answers).length;
  let right = 0;
  let taken = 0;
  let averagePrecision = 0;
  // Nothing taken: every pair that does not match is classified rightly.
  let best = { correct: pairs.length - positives, threshold: groups[0]!.score + 1 };
  for (const [i, group] of groups.entries()) {
    right += group.right;
    taken += group.right + group.wrong;
    averagePrecision += (group.right / positives) * (right / taken);
    const correct = right + (pairs.length - positives - (taken - right));
    if (correct > best.correct) {
      best = { correct, threshold: (group.score + (groups[i + 1]?.score ?? group.score)) / 2 };
    }
  }
  const { threshold = best.threshold } = options;
  let truePositives = 0;
  let predicted = 0;
  for (const { score, right: matching, wrong } of groups) {
    if (score < threshold) break;
    truePositives += matching;
    predicted += matching + wrong;
  }
  const precision = predicted === 0 ? 0 : truePositives / predicted;
  const recall = positives === 0 ? 0 : truePositives / positives;
  return {
    scores,
    threshold,
    accuracy: (truePositives + (pairs.length - positives) - (predicted - truePositives)) / pairs.length,
    precision,
    recall,
    f1: truePositives === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    averagePrecision: positives === 0 ? Number.NaN : averagePrecision,
  };
};
