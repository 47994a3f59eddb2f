import { checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import type { SideRules } from './anchor-side.js';
import {
  checkBoolean,
  checkNonNegative,
  checkObject,
  checkOneOf,
  checkTemperature,
  checkWithin,
  type Numbers,
  readNumbers,
  readWeights,
  refuse,
  type Temperature,
} from './checks.js';
import type {
  Direction,
  HardNegatives,
  HardnessMode,
  InfoNceOptions,
  NegativeGuide,
} from './info-nce-options.js';
import type { Hardness } from './negative-scores.js';
import type { Reduction } from './reduce-losses.js';
import { readPairs, readRelevance } from './relevance.js';

/** The options of the loss, checked and with their defaults. */
export interface InfoNceSettings extends SideRules {
  readonly temperature: Temperature;
  readonly partition: 'anchor' | 'joint' | 'jointRepeated';
  readonly hardness: Hardness;
  readonly hardnessMode: HardnessMode;
  readonly guide: Required<NegativeGuide> | null;
  readonly logProbabilities: Float32Array | null;
  readonly weights: ArrayLike<number> | null;
  readonly multiplePositives: 'separate' | 'outside' | 'inside';
  readonly reduction: Reduction;
  readonly normalize: boolean;
  readonly chunkSize: number | null;
}

const DIRECTIONS: readonly Direction[] = [
  'queryToDocument',
  'documentToQuery',
  'queryToQuery',
  'documentToDocument',
];

const HARDNESS_MODES: readonly HardnessMode[] = [
  'everyNegative',
  'allNegatives',
  'inBatchNegatives',
  'hardNegatives',
];

/** All but the guide, from the numbers of rows alone. */
export const readInfoNceSettings = (
  rows: number,
  columns: number,
  options: Omit<InfoNceOptions, 'guide'>,
): Omit<InfoNceSettings, 'guide'> => {
  const { temperature = 0.05, partition = 'anchor', multiplePositives = 'separate' } = options;
  const { reduction = 'mean', similarity = 'cosine', logProbabilities } = options;
  const { hardnessMode = 'everyNegative', inBatchNegatives = true } = options;
  checkTemperature(temperature);
  checkOneOf('partition', partition, ['anchor', 'joint', 'jointRepeated']);
  checkOneOf('multiplePositives', multiplePositives, ['separate', 'outside', 'inside']);
  checkOneOf('reduction', reduction, ['none', 'mean', 'sum', 'weighted']);
  checkOneOf('similarity', similarity, ['cosine', 'dot']);
  checkOneOf('hardnessMode', hardnessMode, HARDNESS_MODES);
  checkBoolean('inBatchNegatives', inBatchNegatives);
  if (options.chunkSize !== undefined) checkPositiveInteger('chunkSize', options.chunkSize);
  const relevance = readRelevance(rows, columns, options.positives, options.queryIds, options.documentIds);
  const negatives =
    options.negatives === undefined ? undefined : readNegatives(options.negatives, rows, columns);
  if (!inBatchNegatives && negatives === undefined) {
    throw new RangeError('negatives must be given when inBatchNegatives is false, received undefined');
  }
  if (partition !== 'anchor' && multiplePositives !== 'separate')
    refuse('multiplePositives', `be separate when partition is ${partition}`, multiplePositives);
  return {
    temperature,
    partition,
    multiplePositives,
    reduction,
    relevance,
    negatives,
    inBatchNegatives,
    directions: readDirections(options.directions),
    hardness: readHardness(options),
    hardnessMode,
    hidesOwnNegatives: partition === 'jointRepeated',
    logProbabilities: logProbabilities === undefined ? null : readLogs(logProbabilities, columns),
    weights: readWeights(options.weights, 'Q', rows) ?? null,
    normalize: similarity === 'cosine',
    chunkSize: options.chunkSize ?? null,
  };
};

const readLogs = (values: Numbers, columns: number): Float32Array => {
  const logs = readNumbers('logProbabilities', 'N', values, columns);
  checkWithin('logProbabilities', logs, 1e30);
  return Float32Array.from(logs);
};

const readNegatives = (negatives: HardNegatives, rows: number, columns: number) => {
  checkObject('negatives', negatives);
  const { scope = 'shared' } = negatives;
  const pairs = readPairs('negatives', negatives, rows, columns);
  checkOneOf('negatives.scope', scope, ['shared', 'own']);
  return { ...pairs, scope };
};

const readDirections = (
  directions: InfoNceOptions['directions'] = 'queryToDocument',
): ReadonlySet<Direction> => {
  if (directions === 'all') return new Set(DIRECTIONS);
  if (directions === 'symmetric') return new Set<Direction>(['queryToDocument', 'documentToQuery']);
  const one = typeof directions === 'string';
  const chosen = one ? [directions] : directions;
  if (!Array.isArray(chosen))
    refuse('directions', 'be a direction or an array of them', directions, TypeError);
  if (chosen.length === 0) throw new RangeError('directions must name at least one direction, received none');
  const known = [...DIRECTIONS, 'positiveToPositive', ...(one ? ['symmetric', 'all'] : [])];
  for (const direction of chosen) checkOneOf('directions', direction, known);
  return new Set(chosen);
};

const readHardness = ({
  hardnessWeighting = 0,
  hardnessPenalty = 0,
}: Pick<InfoNceOptions, 'hardnessWeighting' | 'hardnessPenalty'>): Hardness => {
  checkNonNegative('hardnessWeighting', hardnessWeighting);
  checkNonNegative('hardnessPenalty', hardnessPenalty);
  if (hardnessWeighting > 0 && hardnessPenalty > 0) {
    throw new RangeError(
      `hardnessWeighting and hardnessPenalty must not both be above 0, received ${hardnessWeighting} and ${hardnessPenalty}`,
    );
  }
  return { beta: hardnessWeighting, alpha: hardnessPenalty };
};

export const NEGATIVE_GUIDE: OptionNames<NegativeGuide> = {
  queries: true,
  documents: true,
  margin: true,
  marginType: true,
};

export const checkGuideMargin = (margin: number, marginType: 'absolute' | 'relative'): void => {
  if (!Number.isFinite(margin)) throw new RangeError(`guide.margin must be finite, received ${margin}`);
  checkOneOf('guide.marginType', marginType, ['absolute', 'relative']);
};
