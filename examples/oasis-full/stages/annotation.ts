import type { DocstringRow } from 'oasis-embed/annotation';
import { documentFunctions, labelPairs, needsTrees, pairFunctions } from '../annotation/annotate.js';
import { type AnnotatedFunction, annotatedFunctions, pairTexts } from '../annotation/annotated-functions.js';
import type { StoredFunction } from '../functions.js';
import { createDocstringWriter, docstringFailures } from '../models/docstring-writer.js';
import { labellerKey } from '../models/labeller.js';
import { docstringSettings } from '../options/model-options.js';
import { writePairs } from '../pairs.js';
import { parseTrees } from '../parse-trees.js';
import { readAllJsonLines, writeJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

export interface AnnotationSummary {
  /** Distinct docstrings. */
  readonly docstrings: number;
  /** Who wrote them. */
  readonly writer: string;
  /** Functions without one, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly pairs: number;
  /** Negatives by where they came from. */
  readonly byStratum: Readonly<Record<string, number>>;
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
  const { options, folder, progress, access } = context;
  const { models, seed, negatives, negativeStrata, twinNegatives, treeRatio } = options;
  const { labelDimensions, similarityMap } = options;
  const pairOptions = { seed, negatives, negativeStrata, twinNegatives, treeRatio };
  return {
    name: 'annotation',
    options: {
      ...pairOptions,
      labelDimensions,
      similarityMap,
      docstrings: docstringSettings(models),
      labeller: labellerKey(models),
    },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.path('pairs')],
    run: async () => {
      const stored = await readAllJsonLines<StoredFunction>(folder.path('functions'));
      const rows = await documentFunctions(stored, models, access, progress.update);
      const failures = docstringFailures(rows);
      for (const [reason, count] of Object.entries(failures).slice(0, 5)) {
        progress.line(`${count} functions without a docstring: ${reason}`);
      }
      const functions = annotatedFunctions(stored, rows);
      const trees = needsTrees(pairOptions)
        ? await parseTrees(functions, (done) =>
            progress.update(done, functions.length, 'functions parsed for near twins'),
          )
        : undefined;
      const made = pairFunctions(functions, pairOptions, trees);
      const { shortfall, byStratum, twins } = made;
      if (shortfall.functions > 0) {
        progress.line(
          `${shortfall.repositories} repositories have fewer than ${negatives} other functions: ` +
            `${shortfall.functions} docstrings get what there is`,
        );
      }
      if (Object.keys(negativeStrata).length > 0) {
        const counts = Object.entries(byStratum).map(([name, count]) => `${count} ${name}`);
        progress.line(`negatives drawn: ${counts.join(', ')}`);
      }
      if (twinNegatives > 0)
        progress.line(`${twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);
      const { pairs, labeller } = await labelPairs(functions, made.pairs, {
        models,
        access,
        seed,
        labelDimensions,
        similarityMap,
        vectors: folder.path('vectors'),
        onProgress: progress.update,
      });
      await writeJsonLines(folder.path('docstrings'), rows);
      await writePairs(folder.path('pairs'), pairs);
      const { queries } = pairTexts(functions);
      progress.line(`${queries.length} docstrings, ${pairs.query.length} labelled pairs by ${labeller}`);
      return {
        docstrings: queries.length,
        writer: createDocstringWriter(models, access).name,
        failures,
        pairs: pairs.query.length,
        byStratum,
        labeller,
        shortFunctions: shortfall.functions,
        shortRepositories: shortfall.repositories,
      };
    },
  };
};
