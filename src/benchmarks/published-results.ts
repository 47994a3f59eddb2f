/** One row of the paper's tables: what a system reached on benchmarks, in [0, 1]. */
export interface PublishedResults {
  readonly system: string;
  /** By the task's name, as the loaders give it. */
  readonly scores: Readonly<Record<string, number>>;
}

const NL_TO_CODE = [
  'CoSQA',
  'AdvTest',
  'CSN Python',
  'CSN Java',
  'CSN JavaScript',
  'CSN PHP',
  'CSN Go',
  'CSN Ruby',
];

const percent = (names: readonly string[], values: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, values[i]! / 100]));

/**
 * The paper's figures for OASIS and the models it is compared with: MRR@1000 from text to code, MAP on Code2Code.
 *
 * @example
 * ```ts
 * import { PUBLISHED_RESULTS } from 'oasis-embed/benchmarks';
 * for (const { system, scores } of PUBLISHED_RESULTS) console.log(system, scores.CoSQA?.toFixed(4));
 * // Text-Embedding-3-Large 0.5538
 * // CodeSage-large v1 0.4753
 * // OASIS 1.5B 0.5577
 * ```
 * @see Gao et al. (2025), OASIS: order-augmented strategy for improved code search, tables 1 and 2.
 */
export const PUBLISHED_RESULTS: readonly PublishedResults[] = [
  {
    system: 'Text-Embedding-3-Large',
    scores: percent(NL_TO_CODE, [55.38, 46.84, 70.84, 72.92, 68.13, 59.59, 87.64, 75.25]),
  },
  {
    system: 'CodeSage-large v1',
    scores: percent(NL_TO_CODE, [47.53, 52.67, 70.77, 70.21, 69.5, 61.33, 83.71, 71.92]),
  },
  {
    system: 'OASIS 1.5B',
    scores: {
      ...percent(NL_TO_CODE, [55.77, 57.27, 73.69, 73.97, 69.8, 63.84, 88.21, 75.47]),
      ...percent(
        [
          'Code2Code Python',
          'Code2Code Java',
          'Code2Code JavaScript',
          'Code2Code TypeScript',
          'Code2Code C#',
          'Code2Code C',
          'Code2Code Ruby',
          'Code2Code PHP',
          'Code2Code Go',
        ],
        [66.27, 37.26, 47.71, 51.15, 22.18, 49.38, 58.6, 64.06, 34.18],
      ),
    },
  },
];
