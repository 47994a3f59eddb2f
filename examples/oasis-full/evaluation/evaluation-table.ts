import { terminalTable } from 'oasis-embed/report';
import { BEST_MARK } from './best-mark.js';
import type { EvaluationResult, Interval, TaskResult } from './evaluation-result.js';

const formatMeasure = (value: number): string => (Number.isFinite(value) ? (100 * value).toFixed(2) : '–');

const formatDifference = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${Math.abs(100 * value).toFixed(2)}`;

const MEASURE_NAMES: Readonly<Record<string, string>> = { mrr: 'MRR', map: 'MAP', ndcg: 'nDCG' };

/** `mrr@1000` as people write it: `MRR@1000`. */
const shown = (measure: string): string => {
  const [name = '', cutoff] = measure.split('@');
  const title = MEASURE_NAMES[name] ?? name;
  return cutoff === undefined ? title : `${title}@${cutoff}`;
};

const spread = ({ low, high }: Interval): string => `${formatMeasure(low)}–${formatMeasure(high)}`;

const cell = (value: number | undefined) =>
  value === undefined || Number.isNaN(value) ? '–' : { text: formatMeasure(value), value };

const mean = (values: readonly (number | undefined)[]): number | undefined =>
  values.some((value) => value === undefined)
    ? undefined
    : values.reduce<number>((sum, value) => sum + value!, 0) / values.length;

/** The table of the paper: a row a system, a column a task, their mean where there are several. */
const paperTable = ({ tasks, published, model }: EvaluationResult): string => {
  const several = tasks.length > 1;
  const systems = tasks[0]!.systems;
  const row = (name: string, scores: readonly (number | undefined)[]) => [
    name,
    ...scores.map(cell),
    ...(several ? [cell(mean(scores))] : []),
  ];
  return terminalTable({
    columns: [
      { label: `System, ${shown(tasks[0]!.measure)} × 100` },
      ...tasks.map(({ task }) => ({ label: task, numeric: true })),
      ...(several ? [{ label: 'mean', numeric: true }] : []),
    ],
    rows: [
      ...published.map(({ system, scores }) =>
        row(
          `${system} (published)`,
          tasks.map(({ task }) => scores[task]),
        ),
      ),
      ...systems.map(({ system, role }, s) =>
        row(
          role === 'model' ? `${system} (${model.kind}, ${model.dimensions} dimensions)` : system,
          tasks.map((task) => task.systems[s]!.value),
        ),
      ),
    ],
  });
};

/** Means over the tasks of each language, where a language has several and there are several languages. */
const languageTable = ({ tasks }: EvaluationResult): string[] => {
  const languages = [...new Set(tasks.flatMap(({ language }) => (language === null ? [] : [language])))];
  const of = (language: string) => tasks.filter((task) => task.language === language);
  if (languages.length < 2 || languages.every((language) => of(language).length < 2)) return [];
  return [
    terminalTable({
      columns: [
        { label: `Mean by language, ${shown(tasks[0]!.measure)} × 100` },
        ...languages.map((language) => ({ label: `${language} (${of(language).length})`, numeric: true })),
      ],
      rows: tasks[0]!.systems.map(({ system }, s) => [
        system,
        ...languages.map((language) => cell(mean(of(language).map((task) => task.systems[s]!.value)))),
      ]),
    }),
  ];
};

/** p-values below what so many permutations can show are given as bounds. */
const probability = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const taskTable = (task: TaskResult): string => {
  const measures = Object.keys(task.systems[0]!.measures).filter((measure) => measure !== task.measure);
  return terminalTable({
    columns: [
      { label: task.task },
      { label: shown(task.measure), numeric: true },
      { label: '95% interval', numeric: true },
      ...measures.map((measure) => ({ label: shown(measure), numeric: true })),
      { label: 'model leads by', numeric: true },
      { label: 'p', numeric: true },
    ],
    rows: task.systems.map((system) => {
      const comparison = task.comparisons.find(({ against }) => against === system.system);
      return [
        system.system,
        cell(system.value),
        spread(system),
        ...measures.map((measure) => cell((system.measures as Record<string, number>)[measure])),
        comparison === undefined ? '' : formatDifference(comparison.difference),
        comparison === undefined ? '' : probability(comparison.pValue),
      ];
    }),
  });
};

const hardTable = ({ task, measure, queries, hardSubset }: TaskResult): string[] => {
  if (hardSubset === null) return [];
  const { rank, queries: hard, systems } = hardSubset;
  const sentence = `Hard subset of ${task}: ${hard} of ${queries} queries that every baseline ranks below ${rank}.`;
  if (hard === 0) return [sentence];
  return [
    sentence,
    terminalTable({
      columns: [
        { label: 'System' },
        { label: shown(measure), numeric: true },
        { label: '95% interval', numeric: true },
      ],
      rows: systems.map((system) => [system.system, cell(system.value), spread(system)]),
    }),
  ];
};

export const formatEvaluation = (result: EvaluationResult): string => {
  const several = new Set(result.tasks.flatMap(({ notes }) => notes));
  return [
    paperTable(result),
    ...languageTable(result),
    ...result.tasks.flatMap((task) => [taskTable(task), ...hardTable(task)]),
    `${BEST_MARK}. Intervals: bootstrap over queries. p: two-sided paired randomization test, Holm-corrected.`,
    ...[...several].map((note) => `Note: ${note}`),
    `${result.seconds.toFixed(1)} s, peak memory ${result.peakMemoryMegabytes} MB`,
  ].join('\n\n');
};
