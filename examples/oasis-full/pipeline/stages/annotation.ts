import type { ShardInput } from '../../engine/shard-task.js';
import { createDocstringWriter } from '../../models/docstring-writer.js';
import { labelerKey } from '../../models/labeler.js';
import { docstringSettings } from '../../options/models-in-use.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import { writeJsonLines } from '../../store/json-lines.js';
import { annotateGroups } from '../recipe/annotate-groups.js';
import { type LabeledGroup, labelGroups, type TeacherReport } from '../recipe/label-groups.js';
import { labelingForecast, labelingModels } from '../recipe/labeling-forecast.js';
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
  readonly labeler: string;
  /** Who labels, and how far they agree. */
  readonly teachers: TeacherReport;
  /** Functions whose repository has fewer than K others. */
  readonly shortFunctions: number;
  readonly shortRepositories: number;
  readonly groups: readonly LabeledGroup[];
  /** Functions that ask, and the files of the offline labeler: what other pairs are made of. */
  readonly functions: number;
  readonly labelerFiles: readonly ShardInput[];
}

/** How far every two teachers agree, in words. */
export const agreementLines = ({ names, negatives, pairs }: TeacherReport): string[] =>
  names.flatMap((name, t) =>
    names
      .slice(t + 1)
      .map(
        (other, i) =>
          `${name} and ${other} correlate by ${negatives[t]![t + 1 + i]!.toFixed(2)} on negatives, ` +
          `${pairs[t]![t + 1 + i]!.toFixed(2)} on all pairs`,
      ),
  );

export const annotationStage = (context: StageContext, corpus: StageRecord): Stage<AnnotationSummary> => {
  const { options, folder, progress } = context;
  const { models, negatives, negativeStrata, twinNegatives, treeRatio } = options;
  return {
    name: 'annotation',
    options: {
      ...optionsKeyedBy('pairs', options),
      ...optionsKeyedBy('labels', options),
      docstrings: docstringSettings(models),
      labeler: labelerKey(models),
    },
    after: [corpus],
    outputs: [folder.path('docstrings'), folder.at('shards/members')],
    run: async () => {
      const annotated = await annotateGroups(context, options);
      const forecast = labelingForecast(models, annotated);
      if (forecast !== null) progress.line(forecast);
      const started = performance.now();
      const { pairs, twins, byStratum, shortFunctions, shortRepositories, labeler, teachers, groups } =
        await labelGroups(context, annotated, options);
      const seconds = (performance.now() - started) / 1000;
      const paths = annotated.written.map(({ path }) => folder.at(path));
      await writeJsonLines(folder.path('docstrings'), docstringRows(paths));

      if (shortFunctions > 0) {
        progress.line(
          `${shortRepositories} repositories have fewer than ${negatives} other functions: ` +
            `${shortFunctions} docstrings get fewer negatives`,
        );
      }
      if (Object.keys(negativeStrata).length > 0) {
        const counted = Object.entries(byStratum).map(([name, count]) => `${count} ${name}`);
        progress.line(`negatives drawn: ${counted.join(', ')}`);
      }
      if (twinNegatives > 0)
        progress.line(`${twins} near twins (tree edit ratio up to ${treeRatio}) become negatives`);
      const by = labelingModels(models).join(', ') || labeler;
      progress.line(
        `${annotated.docstrings} docstrings, ${pairs} labeled pairs by ${by}, ${(pairs / seconds).toFixed(0)} labels a second`,
      );
      for (const line of agreementLines(teachers)) progress.line(line);
      return {
        docstrings: annotated.docstrings,
        writer: createDocstringWriter(models, context.access).name,
        failures: annotated.failures,
        byStratum,
        pairs,
        labeler,
        teachers,
        shortFunctions,
        shortRepositories,
        groups,
        functions: annotated.functions,
        labelerFiles: annotated.labeler,
      };
    },
  };
};
