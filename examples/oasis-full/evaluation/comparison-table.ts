import type { RunComparison } from 'oasis-embed/metrics';
import { terminalTable } from 'oasis-embed/report';
import { BEST_MARK } from './best-mark.js';

const percent = (value: number): string => (Number.isFinite(value) ? (100 * value).toFixed(2) : '–');
const signed = (value: number): string => {
  const text = (100 * Math.abs(value)).toFixed(2);
  return `${Number(text) === 0 ? '±' : value > 0 ? '+' : '−'}${text}`;
};
const probability = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const queriesOf = (count: number): string => `${count} ${count === 1 ? 'query' : 'queries'}`;

const meansTable = ({ runs, measures }: RunComparison): string =>
  terminalTable({
    columns: [
      { label: 'Run' },
      ...measures.flatMap((measure) => [
        { label: measure, numeric: true },
        { label: 'interval', numeric: true },
      ]),
    ],
    rows: runs.map(({ name, measures: means }) => [
      name,
      ...measures.flatMap((measure) => {
        const { mean, low, high } = means[measure]!;
        return [{ text: percent(mean), value: mean }, `${percent(low)}–${percent(high)}`];
      }),
    ]),
  });

const differencesTable = ({ differences, measures }: RunComparison): string => {
  const several = measures.length > 1;
  return terminalTable({
    columns: [
      { label: 'Run' },
      { label: 'Against' },
      ...(several ? [{ label: 'Measure' }] : []),
      { label: 'Difference', numeric: true },
      { label: 'interval', numeric: true },
      { label: 'd', numeric: true },
      { label: 'better', numeric: true },
      { label: 'worse', numeric: true },
      { label: 'equal', numeric: true },
      { label: 'p', numeric: true },
      { label: 'p, Holm', numeric: true },
    ],
    rows: differences.map((row) => [
      row.name,
      row.against,
      ...(several ? [row.measure] : []),
      signed(row.difference),
      `${signed(row.low)} to ${signed(row.high)}`,
      Number.isFinite(row.effectSize) ? row.effectSize.toFixed(2).replace('-', '−') : '–',
      `${row.better}`,
      `${row.worse}`,
      `${row.equal}`,
      probability(row.pValue),
      probability(row.adjustedPValue),
    ]),
  });
};

/** What the command prints. */
export const formatComparison = (comparison: RunComparison): string => {
  const { queryIds, differences, runs, level, test } = comparison;
  const tested = test === 't-test' ? 'two-sided paired t-test' : 'two-sided paired randomization test';
  return [
    `${queriesOf(queryIds.length)}, values times 100.`,
    meansTable(comparison),
    ...(differences.length === 0 ? [] : [differencesTable(comparison)]),
    ...runs.flatMap(({ name, missing, unjudged }) => [
      ...(missing.length === 0 ? [] : [`Note: ${name} lacks ${queriesOf(missing.length)} of the qrels.`]),
      ...(unjudged === 0 ? [] : [`Note: ${name} has ${queriesOf(unjudged)} without qrels, left out.`]),
    ]),
    `${BEST_MARK}. Intervals: ${100 * level}% bootstrap over queries.${differences.length === 0 ? '' : ` p: ${tested}; Holm: corrected over all rows. d: mean difference over its standard deviation.`}`,
  ].join('\n\n');
};
