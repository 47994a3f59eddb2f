import { authorDocstrings, type DocstringRow, labelSimilarities } from 'oasis-embed/annotation';
import { type AnnotatedFunction, annotatedFunctions, pairTexts } from '../annotation/annotated-functions.js';
import { makePairs } from '../annotation/make-pairs.js';
import type { StoredFunction } from '../functions.js';
import { lsaLabeller } from '../models/labeller.js';
import { writePairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { readAllJsonLines, writeJsonLines } from '../run-folder.js';
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

/** The training functions with their docstrings, in the order that pair indices point into. */
export const trainingFunctions = async ({
  folder,
}: Pick<StageContext, 'folder'>): Promise<AnnotatedFunction[]> =>
  annotatedFunctions(
    await readAllJsonLines<StoredFunction>(folder.path('functions')),
    await readAllJsonLines<DocstringRow>(folder.path('docstrings')),
  );

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress } = context;
  const { seed, negatives: k, twinNegatives, treeRatio, labelDimensions, similarityMap } = options;
  return {
    name: 'annotation',
    options: { seed, k, twinNegatives, treeRatio, labelDimensions, similarityMap },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.path('pairs')],
    run: async () => {
      const stored = await readAllJsonLines<StoredFunction>(folder.path('functions'));
      const rows = authorDocstrings(stored.filter((fn) => fn.documented && fn.split === 'train'));
      const functions = annotatedFunctions(stored, rows);
      const { queries, documents } = pairTexts(functions);
      const { pairs, twins, shortfall } = makePairs(functions, {
        k,
        seed,
        twinsPerQuery: twinNegatives,
        treeRatio,
        ...(twinNegatives === 0
          ? {}
          : {
              trees: await parseTrees(functions, (done) =>
                progress.update(done, functions.length, 'functions parsed for near twins'),
              ),
            }),
      });
      if (shortfall.functions > 0) {
        progress.line(
          `${shortfall.repositories} repositories have fewer than ${k} other functions: ` +
            `${shortfall.functions} docstrings get what there is`,
        );
      }
      if (twinNegatives > 0)
        progress.line(`${twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);
      const labeller = lsaLabeller([...queries, ...documents], {
        dimensions: Math.min(labelDimensions, functions.length),
        seed,
        onProgress: (done, total) => progress.update(done, total, 'passes of LSA over the training texts'),
      });
      const similarity = await labelSimilarities(labeller, queries, documents, pairs, {
        map: similarityMap,
        onProgress: (done, total) => progress.update(done, total, 'texts embedded'),
      });
      await writeJsonLines(folder.path('docstrings'), rows);
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
