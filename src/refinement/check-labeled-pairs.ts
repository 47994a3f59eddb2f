import { checkWholeNumber, isMark, type LabeledPairs } from '../numerics/index.js';

/** The positive pairs of every query. */
export interface PositivesByQuery {
  /** Pair indices of a query's positives, the most similar first; empty where it has none. */
  of(query: number): readonly number[];
}

/**
 * Checks the shapes and values of pairs.
 *
 * @throws RangeError naming the array, what was expected and what came.
 */
export const checkLabeledPairs = (pairs: LabeledPairs): void => {
  const count = pairs.query.length;
  for (const name of ['document', 'similarity', 'positive'] as const) {
    if (pairs[name].length !== count) {
      throw new RangeError(
        `pairs.${name} must have shape [P] = [${count}], received [${pairs[name].length}]`,
      );
    }
  }
  for (let pair = 0; pair < count; pair++) {
    const similarity = pairs.similarity[pair]!;
    if (!(similarity >= 0 && similarity <= 1)) {
      throw new RangeError(`pairs.similarity[${pair}] must be in [0, 1], received ${similarity}`);
    }
    const mark: unknown = pairs.positive[pair];
    if (!isMark(mark)) {
      throw new RangeError(
        `pairs.positive[${pair}] must be true, false, 0 or 1, received ${JSON.stringify(mark)}`,
      );
    }
    for (const name of ['query', 'document'] as const) {
      const index = pairs[name][pair]!;
      checkWholeNumber(`pairs.${name}[${pair}]`, index, 0);
    }
  }
};

/** Groups positive pairs by query. Time and memory O(P). */
export const positivesByQuery = (pairs: LabeledPairs): PositivesByQuery => {
  const groups = new Map<number, number[]>();
  for (let pair = 0; pair < pairs.query.length; pair++) {
    if (!pairs.positive[pair]) continue;
    const query = pairs.query[pair]!;
    const group = groups.get(query);
    if (group === undefined) groups.set(query, [pair]);
    else group.push(pair);
  }
  for (const group of groups.values()) {
    if (group.length > 1) group.sort((a, b) => pairs.similarity[b]! - pairs.similarity[a]! || a - b);
  }
  const none: readonly number[] = [];
  return { of: (query) => groups.get(query) ?? none };
};
