import { perQueryMeasure } from 'oasis-embed/metrics';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { foldSplit, sideIn } from '../../corpus/fold-split.js';
import { ownerByName } from '../../corpus/repositories.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import { MAIN_MEASURE, MEASURES, type RankedSystem } from '../../evaluation/systems.js';
import { docstringSettings } from '../../options/models-in-use.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import { writeJson } from '../../store/json-files.js';
import { readJsonLines } from '../../store/json-lines.js';
import { runCells } from '../ablation/cells.js';
import { removeSplit, withOtherSplit } from '../refit/other-split.js';
import { type FoldsResult, formatFolds, summarizeFolds } from '../refit/summarize-folds.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';
import type { CorpusSummary } from './corpus.js';
import { rankHeldOut } from './evaluation.js';
import type { RefinementSummary } from './refinement.js';
import { trainingKey } from './training.js';

export interface CrossValidationSummary extends FoldsResult {
  readonly table: string;
}

const perQuery = ({ ranks }: RankedSystem): readonly number[] => [
  ...perQueryMeasure(ranks, MEASURES[MAIN_MEASURE]!),
];

/** Where each part's values are kept. */
const SYSTEMS = ['BM25', 'untrained', 'OASIS'] as const;

/**
 * Holds out each part of the functions once: labels and trains on the others and measures on it. With few repositories a single
 * division says little, for which files are held out moves the result by points.
 *
 * A part's labels take s* of the run, so that a part whose own similarities give none does not end it. A finished part is kept
 * in a file of its own; an interrupted one resumes.
 */
export const crossValidationStage = (
  context: StageContext,
  folds: number,
  repositories: readonly RepositorySource[],
  corpus: StageRecord<CorpusSummary>,
  refinement: StageRecord<RefinementSummary>,
  evaluation: StageRecord,
): Stage<CrossValidationSummary> => {
  const { options, trainingEngine, folder, progress } = context;
  const settings = {
    folds,
    ...optionsKeyedBy('labels', options),
    ...trainingKey(options, trainingEngine),
    docstrings: docstringSettings(options.models),
  };
  return {
    name: 'cross-validation',
    options: settings,
    after: [corpus, refinement, evaluation],
    outputs: [folder.path('crossValidation'), folder.path('folds')],
    run: async () => {
      const items: Pick<StoredFunction, 'repository' | 'path' | 'documented'>[] = [];
      for await (const { repository, path, documented } of readJsonLines<StoredFunction>(
        folder.path('functions'),
      ))
        items.push({ repository, path, documented });
      const rule = foldSplit(items, { folds, seed: options.seed, ownerOf: ownerByName(repositories) });
      progress.line(
        `${folds} parts by ${rule.unit === 'owner' ? 'repository' : 'file'}, a training for each`,
      );
      const cells = Array.from({ length: folds }, (_, fold) => ({
        slug: `part-${fold + 1}`,
        seed: options.seed,
      }));
      const flat = await runCells(cells, {
        folder: folder.path('folds'),
        settings: { ...settings, after: [corpus.key, refinement.key] },
        onDamage: progress.line,
        onCell(_done, { slug }, values, kept) {
          const size = values.length / (2 * SYSTEMS.length);
          const own = values.slice(2 * size, 3 * size);
          const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
          const note = kept ? ', kept from an earlier run' : '';
          progress.line(`${slug} of ${folds}: ${size} questions, ${MAIN_MEASURE} ${mean.toFixed(4)}${note}`);
        },
        async train({ slug }) {
          const fold = cells.findIndex((cell) => cell.slug === slug);
          const name = `folds/${slug}`;
          const values = await withOtherSplit(
            context,
            corpus,
            {
              name,
              sideOf: (item) => sideIn(fold, rule, item),
              changes: { threshold: refinement.summary.threshold, thresholdQuantile: null },
            },
            async (repeated) => {
              const { documented, all } = await rankHeldOut(repeated, await retrievalSet(repeated, 'test'));
              return [...documented, ...(all ?? documented)].flatMap(perQuery);
            },
          );
          await removeSplit(context, name);
          return values;
        },
      });
      const perFold = flat.map((values) => {
        const size = values.length / (2 * SYSTEMS.length);
        return Array.from({ length: 2 * SYSTEMS.length }, (_, i) => values.slice(i * size, (i + 1) * size));
      });
      const result: FoldsResult = {
        measure: MAIN_MEASURE,
        folds,
        unit: rule.unit,
        repositories: [...new Set(items.map(({ repository }) => repository))].sort(),
        queries: perFold.map(([first]) => first!.length),
        documented: summarizeFolds(
          SYSTEMS,
          perFold.map((systems) => systems.slice(0, SYSTEMS.length)),
          options.seed,
        ),
        all: summarizeFolds(
          SYSTEMS,
          perFold.map((systems) => systems.slice(SYSTEMS.length)),
          options.seed,
        ),
      };
      await writeJson(folder.path('crossValidation'), result);
      return { ...result, table: formatFolds(result) };
    },
  };
};
