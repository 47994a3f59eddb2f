import { metricsTable } from 'oasis-embed/report';
import { BEST_MARK } from '../../evaluation/best-mark.js';
import { type Breakdowns, breakdownsOf, resultsBy } from '../../evaluation/breakdowns.js';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import {
  type Comparison,
  compareSystems,
  MEASURES,
  type RankedSystem,
  rankByBm25,
  rankByModel,
  type SystemResult,
  summarizeSystems,
} from '../../evaluation/systems.js';
import { largeProducts } from '../../models/row-products.js';
import { loadTextModel } from '../../models/text-model.js';
import { engineOf } from '../../options/model-engine.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import { writeJson } from '../../store/json-files.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

export interface RepositoryResult {
  readonly repository: string;
  readonly queries: number;
  /** The main measure, one value a system, in their order. */
  readonly values: readonly number[];
}

/** Content of evaluation.json. */
export interface EvaluationSummary extends Breakdowns {
  readonly queries: number;
  readonly candidates: number;
  /** Held-out documented functions, where --test-functions lets fewer be ranked. */
  readonly heldOut?: number;
  readonly systems: readonly SystemResult[];
  readonly comparisons: readonly Comparison[];
  readonly perRepository: readonly RepositoryResult[];
  readonly table: string;
}

/** Queries times functions: below it, threads take longer to start than to rank. */
const WORTH_THREADS = 1e8;

export const loadModels = async ({ folder, options }: StageContext) => {
  const engine = engineOf(options.models);
  return {
    trained: await loadTextModel(folder.path('model'), { engine }),
    untrained: await loadTextModel(folder.path('untrainedModel'), { engine }),
  };
};

export const evaluationStage = (
  context: StageContext,
  corpus: StageRecord,
  training: StageRecord,
): Stage<EvaluationSummary> => {
  const { options, folder, progress, threads } = context;
  return {
    name: 'evaluation',
    options: optionsKeyedBy('evaluation', options),
    after: [corpus, training],
    outputs: [folder.path('evaluation')],
    run: async () => {
      const set = await retrievalSet(context, 'test');
      const pairs = set.queries.length * set.documents.length;
      const large = largeProducts(engineOf(options.models), threads);
      const ranking = {
        threads: pairs > WORTH_THREADS ? threads : 1,
        products: await large.open(set.queries.length, set.documents.length),
        onProgress: progress.update,
      };
      const { trained, untrained } = await loadModels(context);
      const ranked: RankedSystem[] = [
        { name: 'BM25', role: 'baseline', ranks: rankByBm25(set, progress.update) },
        { name: 'untrained', role: 'untrained', ranks: await rankByModel(untrained, set, ranking) },
        { name: 'OASIS', role: 'trained', ranks: await rankByModel(trained, set, ranking) },
      ];
      await trained.close();
      await untrained.close();
      await large.close();

      const perRepository = resultsBy(set, ranked, (fn) => fn.repository).map(({ name, ...part }) => ({
        repository: name,
        ...part,
      }));

      const systems = summarizeSystems(ranked, options.seed);
      const [bm25, before, after] = ranked as [RankedSystem, RankedSystem, RankedSystem];
      const result = {
        queries: set.queries.length,
        candidates: set.documents.length,
        ...(set.heldOut > set.documents.length ? { heldOut: set.heldOut } : {}),
        systems,
        comparisons: compareSystems(after, [bm25, before], options.seed),
        perRepository,
        ...breakdownsOf(set, ranked),
      };
      await writeJson(folder.path('evaluation'), result);
      progress.line(
        `${result.queries} queries against ${result.candidates} functions of held-out repositories`,
      );
      const table = metricsTable({ measures: Object.keys(MEASURES), systems });
      return { ...result, table: `${table}\n${BEST_MARK}` };
    },
  };
};
