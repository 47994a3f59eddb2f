import type { ShardInput } from '../../engine/shard-task.js';
import { createDocstringWriter } from '../../models/docstring-writer.js';
import { labellerKey } from '../../models/labeller.js';
import { docstringSettings } from '../../options/model-options.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import { writeJsonLines } from '../../store/json-lines.js';
import { annotateGroups } from '../recipe/annotate-groups.js';
import { type LabelledGroup, labelGroups } from '../recipe/label-groups.js';
import { docstringRows } from '../shards/docstrings.js';
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
  readonly groups: readonly LabelledGroup[];
  /** Functions that ask, and the files of the offline labeller: what other pairs are made of. */
  readonly functions: number;
  readonly labellerFiles: readonly ShardInput[];
}

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress } = context;
  const { models, negatives, negativeStrata, twinNegatives, treeRatio } = options;
  return {
    name: 'annotation',
    options: {
      ...optionsKeyedBy('pairs', options),
      ...optionsKeyedBy('labels', options),
      docstrings: docstringSettings(models),
      labeller: labellerKey(models),
    },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.at('shards/labels')],
    run: async () => {
      const annotated = await annotateGroups(context, options);
      const { pairs, twins, byStratum, shortFunctions, shortRepositories, labeller, groups } =
        await labelGroups(context, annotated, options);
      const paths = annotated.written.map(({ path }) => folder.at(path));
      await writeJsonLines(folder.path('docstrings'), docstringRows(paths));

      if (shortFunctions > 0) {
        progress.line(
          `${shortRepositories} repositories have fewer than ${negatives} other functions: ` +
            `${shortFunctions} docstrings get what there is`,
        );
      }
      if (Object.keys(negativeStrata).length > 0) {
        const counted = Object.entries(byStratum).map(([name, count]) => `${count} ${name}`);
        progress.line(`negatives drawn: ${counted.join(', ')}`);
      }
      if (twinNegatives > 0)
        progress.line(`${twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);
      progress.line(`${annotated.docstrings} docstrings, ${pairs} labelled pairs by ${labeller}`);
      return {
        docstrings: annotated.docstrings,
        writer: createDocstringWriter(models, context.access).name,
        failures: annotated.failures,
        byStratum,
        pairs,
        labeller,
        shortFunctions,
        shortRepositories,
        groups,
        functions: annotated.functions,
        labellerFiles: annotated.labeller,
      };
    },
  };
};
