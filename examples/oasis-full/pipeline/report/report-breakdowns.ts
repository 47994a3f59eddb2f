import { type BreakdownReport, languageName } from 'oasis-embed/report';
import { MAIN_MEASURE } from '../../evaluation/systems.js';
import { describeFolds, type FoldedSystem } from '../refit/summarize-folds.js';
import type { CrossValidationSummary } from '../stages/cross-validation.js';
import type { EvaluationSummary } from '../stages/evaluation.js';

/** All parts that were held out once together, and each alone: among documented functions, and among all. */
const foldsTables = (result: CrossValidationSummary): BreakdownReport[] => {
  const percent = (value: number) => (100 * value).toFixed(2);
  const probability = (p: number) => (p < 0.001 ? '< 0.001' : p.toFixed(3));
  const own = result.documented.at(-1)!.name;
  const tableOf = (title: string, intro: string, systems: readonly FoldedSystem[]): BreakdownReport => ({
    title,
    group: 'Part',
    measure: result.measure,
    systems: systems.map(({ name }) => name),
    note:
      `${intro} By the choice of what is held out it moves by (standard deviation of the parts) ` +
      `${systems.map(({ name, deviation }) => `${name} ${percent(deviation)}`).join(', ')}. 95% bootstrap intervals over all ` +
      `questions: ${systems.map(({ name, low, high }) => `${name} ${percent(low)} to ${percent(high)}`).join(', ')}. p of ${own} ` +
      `against the others (paired randomization test, Holm-corrected): ` +
      `${systems.flatMap(({ name, pValue }) => (pValue === undefined ? [] : [`${name} ${probability(pValue)}`])).join(', ')}.`,
    rows: [
      {
        name: 'all parts',
        queries: result.queries.reduce((sum, queries) => sum + queries, 0),
        values: systems.map(({ mean }) => mean),
      },
      ...result.queries.map((queries, fold) => ({
        name: `part ${fold + 1}`,
        queries,
        values: systems.map(({ values }) => values[fold]!),
      })),
    ],
  });
  return [
    tableOf('Cross-validation', `${describeFolds(result)}.`, result.documented),
    tableOf(
      'Cross-validation, among all functions',
      'The same parts, each docstring against all functions of its part, as a search ranks.',
      result.all,
    ),
  ];
};

/** Results among the documented functions beside those among all. */
const amongAllTable = ({ systems, queries, candidates, amongAll }: EvaluationSummary): BreakdownReport[] => {
  if (amongAll === null) return [];
  const row = (count: number, what: string, of: EvaluationSummary['systems']) => ({
    name: `${count} ${what}`,
    queries,
    values: of.map(({ measures }) => measures[MAIN_MEASURE]!.value),
  });
  return [
    {
      title: 'By what is ranked',
      group: 'Candidates',
      measure: MAIN_MEASURE,
      systems: systems.map(({ name }) => name),
      note: 'A search has to tell a function from all others of its repositories, from those without a doc too.',
      rows: [
        row(candidates, 'documented functions', systems),
        row(amongAll.candidates, 'functions, all of the held-out side', amongAll.systems),
      ],
    },
  ];
};

/** The main measure by what was ranked, held out and asked. */
export const breakdownTables = (
  evaluation: EvaluationSummary,
  folds: CrossValidationSummary | null,
): BreakdownReport[] => {
  const shared = { measure: MAIN_MEASURE, systems: evaluation.systems.map(({ name }) => name) };
  const { hard, perLanguage, perRepository } = evaluation;
  const others = `${hard.others.join(' and ')} ${hard.others.length === 2 ? 'both' : 'all'}`;
  const tables: BreakdownReport[] = [
    ...amongAllTable(evaluation),
    ...(folds === null ? [] : foldsTables(folds)),
    {
      ...shared,
      title: 'By held-out repository',
      group: 'Repository',
      rows: perRepository.map(({ repository, queries, values }) => ({ name: repository, queries, values })),
    },
    {
      ...shared,
      title: 'By language',
      group: 'Language',
      rows: perLanguage.map((row) => ({ ...row, name: languageName(row.name) })),
    },
    {
      ...shared,
      title: 'On the hard queries',
      group: 'Which',
      note: `Queries whose answer ${others} rank below ${hard.rank}. By construction, those systems cannot score above ${(100 / (hard.rank + 1)).toFixed(2)} here.`,
      rows: [{ name: hard.name, queries: hard.queries, values: hard.values }],
    },
  ];
  return tables.filter(({ rows }) => rows.some(({ queries }) => queries > 0));
};
