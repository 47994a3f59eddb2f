import { type BreakdownReport, languageName } from 'oasis-embed/report';
import { MAIN_MEASURE } from '../../evaluation/systems.js';
import { describeFolds } from '../refit/summarize-folds.js';
import type { CrossValidationSummary } from '../stages/cross-validation.js';
import type { EvaluationSummary } from '../stages/evaluation.js';

/** Each part that was held out once, with what that says of the whole. */
const foldsTable = (result: CrossValidationSummary): BreakdownReport => {
  const percent = (value: number) => (100 * value).toFixed(2);
  const said = result.documented.map(({ name, mean, deviation, low, high, pValue }, s) => {
    const test = pValue === undefined ? '' : `, p ${pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`}`;
    return (
      `${name} ${percent(mean)} ± ${percent(deviation)} [${percent(low)}, ${percent(high)}]${test}, ` +
      `among all functions ${percent(result.all[s]!.mean)} ± ${percent(result.all[s]!.deviation)}`
    );
  });
  return {
    title: 'Cross-validation',
    group: 'Part',
    measure: result.measure,
    systems: result.documented.map(({ name }) => name),
    note:
      `${describeFolds(result)}. Over all questions: ${said.join('; ')}. ±: standard deviation of the parts. In brackets: 95% ` +
      'bootstrap intervals over questions. p: paired randomization test of the last system against this one, Holm-corrected.',
    rows: result.queries.map((queries, fold) => ({
      name: `part ${fold + 1}`,
      queries,
      values: result.documented.map(({ values }) => values[fold]!),
    })),
  };
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
    ...(folds === null ? [] : [foldsTable(folds)]),
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
