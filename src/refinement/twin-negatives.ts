import { type FlatTree, nearTwins } from '../ast/index.js';
import { checkOptions, type LabeledPairs, type OptionNames } from '../numerics/index.js';
import { tokenJaccard } from './tree-proximity.js';

/** Options of {@link twinNegatives}. */
export interface TwinNegativesOptions {
  /** By document index; null where a document has no tree. A tree with syntax errors counts as none. */
  readonly trees: readonly (FlatTree | null)[];
  /** Where each document comes from, by document index: twins are looked for within one repository. */
  readonly repositories: readonly (string | number)[];
  /** The largest tree edit ratio d / (n₁ + n₂), in [0, 1]. @defaultValue 0.2 */
  readonly treeRatio?: number;
  /** Smaller trees are left out. @defaultValue 20 */
  readonly minTreeNodes?: number;
  /** The largest Jaccard similarity of the token sets, in [0, 1]. @defaultValue 1, no ceiling */
  readonly maxTokenJaccard?: number;
  /** Tokens by document index: required with `maxTokenJaccard`. */
  readonly tokens?: readonly (readonly string[])[];
  /** The nearest are kept. @defaultValue Infinity */
  readonly maxPerQuery?: number;
}

/** New pairs, sorted by query and then by ratio, as parallel arrays of one length T. */
export interface TwinNegatives {
  /** [T], index of the query. */
  readonly query: Uint32Array;
  /** [T], index of the near twin of the query's positive. */
  readonly document: Uint32Array;
  /** [T] */
  readonly treeRatio: Float32Array;
}

const TWIN_NEGATIVES_OPTIONS: OptionNames<TwinNegativesOptions> = {
  trees: true,
  repositories: true,
  treeRatio: true,
  minTreeNodes: true,
  maxTokenJaccard: true,
  tokens: true,
  maxPerQuery: true,
};

/**
 * Finds, among all functions of each repository, those that are close to a query's positive by structure and
 * (with a ceiling) apart by words, so that they become labeled negatives on purpose rather than by chance.
 *
 * A pair (q, F) is proposed when TED(A, F) / (|A| + |F|) ≤ treeRatio for a positive A of q in the same
 * repository, F is no positive of q, and (q, F) is not among the pairs yet. The caller labels what it takes.
 *
 * @param pairs [P] each; `similarity` is not read.
 * @returns New pairs [T].
 * @throws RangeError when lists differ in length or a limit is outside its range.
 *
 * Time: that of `nearTwins` per repository; memory O(P + T).
 *
 * @example
 * ```ts
 * import { flattenObject } from 'oasis-embed/ast';
 * import { twinNegatives } from 'oasis-embed/refinement';
 * const list = (last: string) =>
 *   flattenObject({ label: 'f', children: ['a', 'b', 'c', last].map((label) => ({ label })) });
 * const pairs = { query: [0], document: [0], similarity: [0.7], positive: [1] };
 * const trees = [list('x'), list('y'), list('z')];
 * const twins = twinNegatives(pairs, { trees, repositories: ['r', 'r', 'other'], minTreeNodes: 1 });
 * console.log([...twins.query], [...twins.document]); // [ 0 ] [ 1 ]
 * ```
 */
export const twinNegatives = (
  pairs: Omit<LabeledPairs, 'similarity'>,
  options: TwinNegativesOptions,
): TwinNegatives => {
  checkOptions('twinNegatives', options, TWIN_NEGATIVES_OPTIONS);
  const {
    trees,
    repositories,
    treeRatio = 0.2,
    minTreeNodes = 20,
    maxTokenJaccard = 1,
    tokens,
    maxPerQuery = Number.POSITIVE_INFINITY,
  } = options;
  if (repositories.length !== trees.length) {
    throw new RangeError(
      `repositories must have shape [D] = [${trees.length}], received [${repositories.length}]`,
    );
  }
  if (!(maxTokenJaccard >= 0 && maxTokenJaccard <= 1)) {
    throw new RangeError(`maxTokenJaccard must be in [0, 1], received ${maxTokenJaccard}`);
  }
  if (maxTokenJaccard < 1 && tokens === undefined) {
    throw new RangeError('tokens must be given together with maxTokenJaccard');
  }
  if (!(maxPerQuery >= 0)) throw new RangeError(`maxPerQuery must be at least 0, received ${maxPerQuery}`);
  const { queriesOf, taken } = readPairs(pairs, trees.length);
  const jaccard = tokens === undefined || maxTokenJaccard === 1 ? null : tokenJaccard(tokens);
  const found: { query: number; document: number; ratio: number }[] = [];
  const propose = (positive: number, document: number, ratio: number) => {
    for (const query of queriesOf.get(positive) ?? []) {
      const key = query * trees.length + document;
      if (taken.has(key)) continue;
      taken.set(key, ratio);
      found.push({ query, document, ratio });
    }
  };
  for (const members of groupBy(repositories)) {
    const usable = members.filter((document) => trees[document] !== null);
    const twins = nearTwins(
      usable.map((document) => trees[document]!),
      { ratio: treeRatio, minimumSize: minTreeNodes },
    );
    const order = Array.from(twins.ratios.keys()).sort((i, j) => twins.ratios[i]! - twins.ratios[j]!);
    for (const i of order) {
      const a = usable[twins.left[i]!]!;
      const b = usable[twins.right[i]!]!;
      if (jaccard !== null && jaccard(a, b) > maxTokenJaccard) continue;
      propose(a, b, twins.ratios[i]!);
      propose(b, a, twins.ratios[i]!);
    }
  }
  found.sort((x, y) => x.query - y.query || x.ratio - y.ratio || x.document - y.document);
  const ranks = new Map<number, number>();
  const kept = found.filter(({ query }) => {
    const rank = ranks.get(query) ?? 0;
    ranks.set(query, rank + 1);
    return rank < maxPerQuery;
  });
  return {
    query: Uint32Array.from(kept, ({ query }) => query),
    document: Uint32Array.from(kept, ({ document }) => document),
    treeRatio: Float32Array.from(kept, ({ ratio }) => ratio),
  };
};

const readPairs = (pairs: Omit<LabeledPairs, 'similarity'>, documents: number) => {
  const queriesOf = new Map<number, number[]>();
  const taken = new Map<number, number>();
  for (const name of ['document', 'positive'] as const) {
    if (pairs[name].length !== pairs.query.length) {
      throw new RangeError(
        `pairs.${name} must have shape [P] = [${pairs.query.length}], received [${pairs[name].length}]`,
      );
    }
  }
  for (let pair = 0; pair < pairs.query.length; pair++) {
    const query = pairs.query[pair]!;
    const document = pairs.document[pair]!;
    if (!(document < documents)) {
      throw new RangeError(`pairs.document[${pair}] must be in [0, ${documents}), received ${document}`);
    }
    taken.set(query * documents + document, 0);
    if (!pairs.positive[pair]) continue;
    const queries = queriesOf.get(document);
    if (queries === undefined) queriesOf.set(document, [query]);
    else if (!queries.includes(query)) queries.push(query);
  }
  return { queriesOf, taken };
};

const groupBy = (keys: readonly (string | number)[]): Iterable<number[]> => {
  const groups = new Map<string | number, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return groups.values();
};
