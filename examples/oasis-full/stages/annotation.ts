import { authorDocstrings, labelSimilarities } from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import { twinNegatives } from 'oasis-embed/refinement';
import { sampleInRepoNegatives } from 'oasis-embed/sampling';
import { distinct, documentedIn, type StoredFunction } from '../functions.js';
import { type LabelledPairs, writePairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { readAllJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

export interface AnnotationSummary {
  readonly docstrings: number;
  readonly pairs: number;
  readonly labeller: string;
  /** Functions whose repository has fewer than K others. */
  readonly shortFunctions: number;
  readonly shortRepositories: number;
}

/** The training functions in the order that pair indices point into. */
export const trainingFunctions = async (context: StageContext): Promise<StoredFunction[]> =>
  documentedIn(await readAllJsonLines<StoredFunction>(context.folder.path('functions')), 'train');

/**
 * What pair indices point into: the distinct docstrings, and the training functions in their order. Two functions
 * with one docstring are two positives of one query.
 */
export const pairTexts = (functions: readonly StoredFunction[]) => {
  const { texts, rows } = distinct(authorDocstrings(functions).map((row) => row.docstring!));
  return { queries: texts, queryOf: rows, documents: functions.map((fn) => fn.code) };
};

/** Every query with its own codes, then its negatives: no pair twice, and none that is a positive as well. */
const withPositives = (
  queryOf: Uint32Array,
  negatives: { readonly query: Uint32Array; readonly document: Uint32Array },
): Omit<LabelledPairs, 'similarity'> => {
  const count = queryOf.length;
  const seen = new Set<number>();
  const rows: [query: number, document: number, positive: number][] = [];
  const add = (query: number, document: number, positive: number) => {
    const cell = query * count + document;
    if (seen.has(cell)) return;
    seen.add(cell);
    rows.push([query, document, positive]);
  };
  queryOf.forEach((query, fn) => {
    add(query, fn, 1);
  });
  negatives.query.forEach((fn, i) => {
    add(queryOf[fn]!, negatives.document[i]!, 0);
  });
  return {
    query: Uint32Array.from(rows, (row) => row[0]),
    document: Uint32Array.from(rows, (row) => row[1]),
    positive: Uint8Array.from(rows, (row) => row[2]),
  };
};

/** Adds the nearest structural twins of each positive: what a random draw of K seldom meets. */
const withTwins = async (
  { options, progress }: StageContext,
  functions: readonly StoredFunction[],
  pairs: Omit<LabelledPairs, 'similarity'>,
): Promise<Omit<LabelledPairs, 'similarity'>> => {
  const trees = await parseTrees(functions, (done) =>
    progress.update(done, functions.length, 'functions parsed for near twins'),
  );
  const twins = twinNegatives(pairs, {
    trees,
    repositories: functions.map((fn) => fn.repository),
    treeRatio: options.treeRatio,
    maxPerQuery: options.twinNegatives,
  });
  progress.line(
    `${twins.query.length} near twins (tree edit ratio up to ${options.treeRatio}) become negatives`,
  );
  return {
    query: Uint32Array.from([...pairs.query, ...twins.query]),
    document: Uint32Array.from([...pairs.document, ...twins.document]),
    positive: Uint8Array.from([...pairs.positive, ...twins.query.map(() => 0)]),
  };
};

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress } = context;
  const {
    seed,
    negatives: k,
    twinNegatives: twinsPerQuery,
    treeRatio,
    labelDimensions,
    similarityMap,
  } = options;
  return {
    name: 'annotation',
    options: { seed, k, twinsPerQuery, treeRatio, labelDimensions, similarityMap },
    after: [corpus],
    outputs: [folder.path('pairs')],
    run: async () => {
      const functions = await trainingFunctions(context);
      const { queries, queryOf, documents } = pairTexts(functions);
      const negatives = sampleInRepoNegatives(
        functions.map(({ id, repository, code }) => ({ id, repository, content: code })),
        { k, seed },
      );
      const { shortfall } = negatives;
      if (shortfall.functions > 0) {
        progress.line(
          `${shortfall.repositories} repositories have fewer than ${k} other functions: ` +
            `${shortfall.functions} docstrings get what there is`,
        );
      }
      const labeller = LsaEncoder.fit([...queries, ...documents], {
        dimensions: Math.min(labelDimensions, functions.length),
        seed,
        onProgress: (done, total) => progress.update(done, total, 'passes of LSA over the training texts'),
      });
      const sampled = withPositives(queryOf, negatives);
      const pairs = twinsPerQuery === 0 ? sampled : await withTwins(context, functions, sampled);
      const similarity = await labelSimilarities(labeller, queries, documents, pairs, {
        map: similarityMap,
        onProgress: (done, total) => progress.update(done, total, 'texts embedded'),
      });
      await writePairs(folder.path('pairs'), { ...pairs, similarity });
      progress.line(`${queries.length} docstrings, ${pairs.query.length} labelled pairs by ${labeller.name}`);
      return {
        docstrings: queries.length,
        pairs: pairs.query.length,
        labeller: labeller.name,
        shortFunctions: shortfall.functions,
        shortRepositories: shortfall.repositories,
      };
    },
  };
};
