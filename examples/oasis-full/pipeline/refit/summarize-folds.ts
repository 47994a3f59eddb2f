import { bootstrapInterval, holmCorrection, pairedRandomizationTest } from 'oasis-embed/metrics';
import { terminalTable } from 'oasis-embed/report';

/** What a system reached when each part was held out once. */
export interface FoldedSystem {
  readonly name: string;
  /** Mean over the questions of each part. */
  readonly values: readonly number[];
  /** Mean over all questions. */
  readonly mean: number;
  /** Standard deviation of `values`: by how much the choice of what is held out moves the result. */
  readonly deviation: number;
  /** Ends of the 95% bootstrap interval of the mean, over questions. */
  readonly low: number;
  readonly high: number;
  /** Two-sided paired randomization test of the last system against this one, Holm-corrected; none for the last itself. */
  readonly pValue?: number;
}

/** Content of cross-validation.json. */
export interface FoldsResult {
  readonly measure: string;
  readonly folds: number;
  /** What was divided: owners of repositories, or files. */
  readonly unit: 'owner' | 'file';
  readonly repositories: readonly string[];
  /** Questions of each part. */
  readonly queries: readonly number[];
  /** Ranked among the documented functions of the part, as in the run's table. */
  readonly documented: readonly FoldedSystem[];
  /** Ranked among all functions of the part, as a search does. */
  readonly all: readonly FoldedSystem[];
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const deviationOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

/** @param perFold Of each part, the values per question of each system; the last system is held against the others. */
export const summarizeFolds = (
  names: readonly string[],
  perFold: readonly (readonly (readonly number[])[])[],
  seed: number,
): FoldedSystem[] => {
  const pooled = names.map((_, s) => perFold.flatMap((systems) => systems[s]!));
  const own = pooled.at(-1)!;
  const tests = pooled.slice(0, -1).map((values) => pairedRandomizationTest(own, values, { seed }));
  const adjusted = holmCorrection(tests.map(({ pValue }) => pValue));
  return names.map((name, s) => {
    const values = perFold.map((systems) => meanOf(systems[s]!));
    const { mean, low, high } = bootstrapInterval(pooled[s]!, { resamples: 2000, seed });
    return {
      name,
      values,
      mean,
      deviation: deviationOf(values),
      low,
      high,
      ...(s < adjusted.length ? { pValue: adjusted[s]! } : {}),
    };
  });
};

const percent = (value: number): string => (100 * value).toFixed(2);
const probability = (p: number | undefined): string =>
  p === undefined ? '' : p < 0.001 ? '< 0.001' : p.toFixed(3);

/** Which parts were held out, in words. */
export const describeFolds = ({ folds, unit, repositories, queries }: FoldsResult): string => {
  const [fewest, most] = [Math.min(...queries), Math.max(...queries)];
  const parts = unit === 'owner' ? 'repositories' : 'files';
  const of = unit === 'owner' ? '' : ` of ${repositories.join(', ')}`;
  return `${folds} parts by ${parts}${of}, each held out once: ${fewest} to ${most} questions a part`;
};

export const formatFolds = (result: FoldsResult): string =>
  [
    `Cross-validation: ${describeFolds(result)}.`,
    terminalTable({
      columns: [
        { label: result.measure },
        { label: 'documented', numeric: true },
        { label: '± parts', numeric: true },
        { label: '95% interval', numeric: true },
        { label: 'p', numeric: true },
        { label: 'among all', numeric: true },
        { label: '± parts', numeric: true },
        { label: '95% interval', numeric: true },
        { label: 'p', numeric: true },
      ],
      rows: result.documented.map((own, s) => [
        own.name,
        ...[own, result.all[s]!].flatMap(({ mean, deviation, low, high, pValue }) => [
          { text: percent(mean), value: mean },
          percent(deviation),
          `${percent(low)}–${percent(high)}`,
          probability(pValue),
        ]),
      ]),
    }),
    'documented: ranked among the documented functions of the part; among all: among all its functions, as a search ranks. ' +
      '±: standard deviation of the parts. Intervals: bootstrap over questions. p: the last row against this one, paired ' +
      'randomization, Holm-corrected.',
  ].join('\n');
