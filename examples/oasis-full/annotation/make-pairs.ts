import type { FlatTree } from 'oasis-embed/ast';
import { twinNegatives } from 'oasis-embed/refinement';
import { type NegativeShortfall, type NegativeStratum, sampleInRepoNegatives } from 'oasis-embed/sampling';
import { type AnnotatedFunction, pairTexts } from './annotated-functions.js';
import { PAIR_SOURCES, type PairSource } from './pair-sources.js';

/** {@link LabeledPairs} before labeling, in typed arrays. */
export interface UnlabeledPairs {
  readonly query: Uint32Array;
  readonly document: Uint32Array;
  readonly positive: Uint8Array;
}

export interface MakePairsOptions {
  /** Negatives per docstring. */
  readonly k: number;
  readonly seed: number;
  /** Served first, in their order; the rest is drawn at random. */
  readonly strata?: readonly NegativeStratum[];
  /** Near twins a docstring gets as further negatives; their trees are needed then. */
  readonly twinsPerQuery: number;
  readonly treeRatio: number;
  /** By function; read only with twins. */
  readonly trees?: readonly (FlatTree | null)[];
}

export interface MadePairs {
  readonly pairs: UnlabeledPairs;
  readonly twins: number;
  /** Of each pair, its place in PAIR_SOURCES. */
  readonly source: Uint8Array;
  /** Of the twins, which stand last: the tree edit ratio of each. */
  readonly twinRatios: Float32Array;
  /** Sampled pairs by where they came from: `random` and the names of the strata. */
  readonly byStratum: Readonly<Record<string, number>>;
  readonly shortfall: NegativeShortfall;
}

/** Every query with its own codes, then its negatives: no pair twice, and none that is a positive as well. */
const withPositives = (
  queryOf: Uint32Array,
  negatives: { readonly query: Uint32Array; readonly document: Uint32Array },
  sourceOf: (negative: number) => number,
): { pairs: UnlabeledPairs; source: Uint8Array } => {
  const count = queryOf.length;
  const seen = new Set<number>();
  const rows: [query: number, document: number, positive: number, source: number][] = [];
  const add = (query: number, document: number, positive: number, source: number) => {
    const cell = query * count + document;
    if (seen.has(cell)) return;
    seen.add(cell);
    rows.push([query, document, positive, source]);
  };
  queryOf.forEach((query, fn) => {
    add(query, fn, 1, PAIR_SOURCES.indexOf('positive'));
  });
  negatives.query.forEach((fn, i) => {
    add(queryOf[fn]!, negatives.document[i]!, 0, sourceOf(i));
  });
  return {
    pairs: {
      query: Uint32Array.from(rows, (row) => row[0]),
      document: Uint32Array.from(rows, (row) => row[1]),
      positive: Uint8Array.from(rows, (row) => row[2]),
    },
    source: Uint8Array.from(rows, (row) => row[3]),
  };
};

/**
 * The pairs of a set of functions, not yet labeled: positives, K negatives each from the same repository, and the
 * nearest structural twins of the positives, which a random draw of K seldom includes.
 *
 * Depends only on the functions and the options. Repositories never share a negative, so whole repositories may be
 * processed separately as long as their docstrings differ.
 */
export const makePairs = (functions: readonly AnnotatedFunction[], options: MakePairsOptions): MadePairs => {
  const { k, seed, strata = [], twinsPerQuery, treeRatio, trees } = options;
  const negatives = sampleInRepoNegatives(
    functions.map(({ id, repository, code }) => ({ id, repository, content: code })),
    { k, seed, strata },
  );
  const names = ['random', ...strata.map(({ name }) => name)];
  const { shortfall } = negatives;
  const numbers = names.map((name) => PAIR_SOURCES.indexOf(name as PairSource));
  const { pairs: sampled, source } = withPositives(
    pairTexts(functions).queryOf,
    negatives,
    (i) => numbers[negatives.stratum[i]!]!,
  );
  // By what is kept: functions with one docstring may draw the same negative, which is then one pair.
  const byStratum = Object.fromEntries(
    names.map((name, i) => [name, source.filter((number) => number === numbers[i]).length]),
  );
  if (twinsPerQuery === 0)
    return { pairs: sampled, source, twins: 0, twinRatios: new Float32Array(0), byStratum, shortfall };
  if (trees === undefined) throw new TypeError('trees must be given where twins are asked for');
  const twins = twinNegatives(sampled, {
    trees,
    repositories: functions.map((fn) => fn.repository),
    treeRatio,
    maxPerQuery: twinsPerQuery,
  });
  const pairs = {
    query: Uint32Array.from([...sampled.query, ...twins.query]),
    document: Uint32Array.from([...sampled.document, ...twins.document]),
    positive: Uint8Array.from([...sampled.positive, ...twins.query.map(() => 0)]),
  };
  return {
    pairs,
    source: Uint8Array.from([...source, ...twins.query.map(() => PAIR_SOURCES.indexOf('near-twin'))]),
    twins: twins.query.length,
    twinRatios: twins.treeRatio,
    byStratum,
    shortfall,
  };
};
