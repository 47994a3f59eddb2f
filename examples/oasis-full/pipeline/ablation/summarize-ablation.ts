import { bootstrapInterval, holmCorrection, pairedRandomizationTest } from 'oasis-embed/metrics';
import { terminalTable } from 'oasis-embed/report';

/** One row of the table, in ablation.json as it is here. */
export interface AblationRow {
  readonly name: string;
  /** Whether it is the whole recipe, which the others are held against. */
  readonly full: boolean;
  /** The main measure on the held-out repositories, one value a seed. */
  readonly values: readonly number[];
  readonly mean: number;
  /** Standard deviation over seeds; 0 for a single seed. */
  readonly deviation: number;
  /** Ends of the 95% bootstrap interval over queries, each with the mean of its seeds. */
  readonly low: number;
  readonly high: number;
  /** Mean of this row less that of the whole recipe, with the interval of that difference; null for the whole recipe. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Two-sided paired randomization test against the whole recipe, Holm-corrected over the rows; none for itself. */
  readonly pValue?: number;
}

/** Content of ablation.json. */
export interface AblationResult {
  readonly measure: string;
  readonly seeds: readonly number[];
  readonly queries: number;
  readonly rows: readonly AblationRow[];
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const deviation = (values: readonly number[]): number => {
  const center = mean(values);
  return values.length < 2
    ? 0
    : Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
};

/** The mean over seeds for each query: the seeds of a query are swapped together, for they are not independent. */
const pooled = (perSeed: readonly (readonly number[])[]): number[] =>
  perSeed[0]!.map((_, query) => mean(perSeed.map((values) => values[query]!)));

export interface AblationInput {
  readonly name: string;
  /** Values per query, one list a seed. */
  readonly perSeed: readonly (readonly number[])[];
}

/**
 * The ablation from values per query and seed; the first row is the whole recipe.
 *
 * @throws RangeError when rows differ in seeds or queries.
 */
export const summarizeAblation = (
  measure: string,
  seeds: readonly number[],
  inputs: readonly AblationInput[],
  seed: number,
): AblationResult => {
  const queries = inputs[0]?.perSeed[0]?.length ?? 0;
  for (const { name, perSeed } of inputs) {
    if (perSeed.length !== seeds.length || perSeed.some((values) => values.length !== queries)) {
      const received = `${perSeed.length} × ${perSeed.map((values) => values.length).join(', ')}`;
      throw new RangeError(`${name} must have ${seeds.length} × ${queries} values, received ${received}`);
    }
  }
  const bootstrap = (values: readonly number[]) => {
    const { mean: value, low, high } = bootstrapInterval(values, { resamples: 2000, seed });
    return { value, low, high };
  };
  const perQuery = inputs.map(({ perSeed }) => pooled(perSeed));
  const whole = perQuery[0]!;
  const tests = perQuery.slice(1).map((values) => pairedRandomizationTest(values, whole, { seed }));
  const adjusted = holmCorrection(tests.map(({ pValue }) => pValue));
  return {
    measure,
    seeds,
    queries,
    rows: inputs.map(({ name, perSeed }, i) => {
      const values = perSeed.map(mean);
      const { low, high } = bootstrap(perQuery[i]!);
      return {
        name,
        full: i === 0,
        values,
        mean: mean(values),
        deviation: deviation(values),
        low,
        high,
        difference: i === 0 ? null : bootstrap(perQuery[i]!.map((value, query) => value - whole[query]!)),
        ...(i === 0 ? {} : { pValue: adjusted[i - 1]! }),
      };
    }),
  };
};

const percent = (value: number): string => (100 * value).toFixed(2);
const signed = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${percent(Math.abs(value))}`;

/** The table of the paper with what it leaves out: intervals and significance. */
export const formatAblation = ({ measure, seeds, queries, rows }: AblationResult): string =>
  [
    terminalTable({
      columns: [
        { label: 'Variant' },
        { label: measure, numeric: true },
        { label: '± seeds', numeric: true },
        { label: '95% interval', numeric: true },
        { label: 'Δ full', numeric: true },
        { label: '95% interval', numeric: true },
        { label: 'p', numeric: true },
      ],
      rows: rows.map((row) => [
        row.name,
        { text: percent(row.mean), value: row.mean },
        seeds.length > 1 ? percent(row.deviation) : '',
        `${percent(row.low)}–${percent(row.high)}`,
        row.difference === null ? '' : signed(row.difference.value),
        row.difference === null ? '' : `${signed(row.difference.low)} to ${signed(row.difference.high)}`,
        row.pValue === undefined ? '' : row.pValue < 0.001 ? '< 0.001' : row.pValue.toFixed(3),
      ]),
    }),
    `${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}, ${queries} queries, their seeds averaged; intervals ` +
      'by bootstrap, p by paired randomization, Holm-corrected.',
  ].join('\n');
