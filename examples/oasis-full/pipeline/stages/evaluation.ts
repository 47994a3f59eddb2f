import { metricsTable, significanceLegend } from 'oasis-embed/report';
import { BEST_MARK } from '../../evaluation/best-mark.js';
import { type Breakdowns, breakdownsOf, resultsBy } from '../../evaluation/breakdowns.js';
import { type RetrievalSet, retrievalSet, undocumentedCodes } from '../../evaluation/retrieval-set.js';
import {
  COMPARISON_TEST,
  type Comparison,
  compareSystems,
  MEASURES,
  type RankedSystem,
  rankAmong,
  rankByBm25,
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
import type { CorpusSummary } from './corpus.js';

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
  /** The same questions among all functions of the held-out side, undocumented ones too: what a search has to tell apart. */
  readonly amongAll: Pick<EvaluationSummary, 'candidates' | 'systems' | 'comparisons'> | null;
  /** What is held out, in words. */
  readonly heldOutOf: string;
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

/** Named up to this many. */
const NAMED = 6;

/** Held-out repositories by their names, or files where repositories are divided by file. */
const describeHeldOut = (
  { functions }: RetrievalSet,
  splitUnit: CorpusSummary['splitUnit'],
  named: readonly string[],
): string => {
  const repositories = [...new Set(functions.map(({ repository }) => repository))].sort();
  const shown = repositories.slice(0, NAMED).join(', ');
  const more = repositories.length > NAMED ? ` and ${repositories.length - NAMED} more` : '';
  const byFile = splitUnit === 'file' && !repositories.every((name) => named.includes(name));
  if (byFile) return `held-out files of ${shown}${more}`;
  return `the held-out ${repositories.length === 1 ? 'repository' : 'repositories'} ${shown}${more}`;
};

/** What each system reaches on the held-out side: among its documented functions, and among all of them. */
export const rankHeldOut = async (
  context: StageContext,
  set: RetrievalSet,
): Promise<{
  readonly documented: readonly RankedSystem[];
  /** Null where no other function is held out. */
  readonly all: readonly RankedSystem[] | null;
  readonly candidates: number;
}> => {
  const { options, progress, threads } = context;
  const others = await undocumentedCodes(context, 'test', set);
  const candidates = set.documents.length + others.length;
  const pairs = set.queries.length * candidates;
  const large = largeProducts(engineOf(options.models), threads);
  const { trained, untrained } = await loadModels(context);
  try {
    const ranking = {
      threads: pairs > WORTH_THREADS ? threads : 1,
      products: await large.open(set.queries.length, candidates),
      onProgress: progress.update,
    };
    const everything = { ...set, documents: [...set.documents, ...others] };
    const names = [
      { name: 'BM25', role: 'baseline' },
      { name: 'untrained', role: 'untrained' },
      { name: 'OASIS', role: 'trained' },
    ] as const;
    const ranks = [
      (others.length === 0 ? [set] : [set, everything]).map((one) => rankByBm25(one, progress.update)),
      await rankAmong(untrained, set, others, ranking),
      await rankAmong(trained, set, others, ranking),
    ];
    const among = (which: number) => names.map((system, s) => ({ ...system, ranks: ranks[s]![which]! }));
    return { documented: among(0), all: others.length === 0 ? null : among(1), candidates };
  } finally {
    await trained.close();
    await untrained.close();
    await large.close();
  }
};

export const evaluationStage = (
  context: StageContext,
  corpus: StageRecord<CorpusSummary>,
  training: StageRecord,
): Stage<EvaluationSummary> => {
  const { options, folder, progress } = context;
  return {
    name: 'evaluation',
    options: optionsKeyedBy('evaluation', options),
    after: [corpus, training],
    outputs: [folder.path('evaluation')],
    run: async () => {
      const set = await retrievalSet(context, 'test');
      const { documented: ranked, all, candidates } = await rankHeldOut(context, set);
      const perRepository = resultsBy(set, ranked, (fn) => fn.repository).map(({ name, ...part }) => ({
        repository: name,
        ...part,
      }));
      const summarized = (systems: readonly RankedSystem[]) => {
        const [bm25, before, after] = systems as [RankedSystem, RankedSystem, RankedSystem];
        return {
          systems: summarizeSystems(systems, options.seed),
          comparisons: compareSystems(after, [bm25, before], options.seed),
        };
      };
      const { systems, comparisons } = summarized(ranked);
      const result = {
        queries: set.queries.length,
        candidates: set.documents.length,
        ...(set.heldOut > set.documents.length ? { heldOut: set.heldOut } : {}),
        systems,
        comparisons,
        perRepository,
        ...breakdownsOf(set, ranked),
        amongAll: all === null ? null : { candidates, ...summarized(all) },
        heldOutOf: describeHeldOut(set, corpus.summary.splitUnit, options.testRepos),
      };
      await writeJson(folder.path('evaluation'), result);
      const { amongAll, heldOutOf } = result;
      progress.line(`${result.queries} queries against ${result.candidates} functions of ${heldOutOf}`);
      const measures = Object.keys(MEASURES);
      const tables = [metricsTable({ measures, systems, comparisons })];
      if (amongAll !== null)
        tables.push(
          `\nAmong all ${candidates} functions, undocumented ones too, as a search ranks them:`,
          metricsTable({ measures, ...amongAll }),
        );
      const legend = significanceLegend({
        measures,
        comparisons: comparisons.map((comparison) => ({ ...comparison, test: COMPARISON_TEST })),
      });
      return { ...result, table: [...tables, `${BEST_MARK}. ${legend ?? ''}`.trim()].join('\n') };
    },
  };
};
