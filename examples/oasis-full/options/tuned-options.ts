import { choices, type Declaration, flagOf, numbers } from './declaration.js';
import { type RunOptions, recipeDeclarations } from './run-options.js';
import { trainingDeclarations } from './training-options.js';

const count = { integer: true, minimum: 1 };
const share = { minimum: 0, maximum: 1 };

const values = (flag: string, what: string, rule: Parameters<typeof numbers>[2]) =>
  numbers(`${flag} <values...>`, `values of ${what} (default: that of the run)`, rule);

/** What may be tried, in the order in which points change it: what is dear to make changes least often. */
export const tunedDeclarations = {
  negatives: values('--negatives', 'K', count),
  treeRatio: values('--tree-ratio', 'the AST threshold', share),
  mixtureOver: choices(
    '--mixture-over <values...>',
    'what the mixture is fitted to (default: that of the run)',
    ['pairs', 'negatives'],
  ),
  deltaS: values('--delta-s', 'Δs', { above: 0, below: 1 }),
  labels: choices('--labels <values...>', 'which pairs CoSENT orders (default: that of the run)', [
    'sampled',
    'batch',
  ]),
  weightCosent: values('--weight-cosent', 'the weight of CoSENT', { minimum: 0 }),
  temperature: values('--temperature', 'the temperature of both losses', { above: 0 }),
  cosentTemperature: values('--cosent-temperature', 'the temperature of CoSENT alone', { above: 0 }),
  cosentGroups: choices(
    '--cosent-groups <values...>',
    'whether CoSENT orders all pairs or those of one query (default: that of the run)',
    ['all', 'query'],
  ),
  cosentMargin: values('--cosent-margin', 'the margin of CoSENT', { minimum: 0, below: 1 }),
  cosentNormalize: choices(
    '--cosent-normalize <values...>',
    'how CoSENT is normalized (default: that of the run)',
    ['none', 'pairs', 'mean'],
  ),
} as const;

type TunedName = keyof typeof tunedDeclarations;

/** Values to try; an empty list keeps the run's. */
export type TunedValues = { readonly [Name in TunedName]?: readonly (number | string)[] };

/** A combination of the values that are tried; what nothing was said of is no part of it. */
export type TunePoint = Readonly<Partial<Record<TunedName, number | string>>> &
  Readonly<Record<string, number | string>>;

const NAMES = Object.keys(tunedDeclarations) as TunedName[];

/** All combinations, so ordered that what is dear to make changes least often. */
export const tuneGrid = (tuned: TunedValues): TunePoint[] =>
  NAMES.reduce<TunePoint[]>(
    (points, name) => {
      const tried = [...new Set(tuned[name] ?? [])];
      if (tried.length === 0) return points;
      return points.flatMap((point) => tried.map((value) => ({ ...point, [name]: value })));
    },
    [{}],
  );

/** The run's options with the values of a point. */
export const optionsAt = (options: RunOptions, point: TunePoint): RunOptions => {
  const ofTraining = (name: string): boolean => name in trainingDeclarations;
  const entries = Object.entries(point);
  return {
    ...options,
    ...Object.fromEntries(entries.filter(([name]) => !ofTraining(name))),
    training: {
      ...options.training,
      ...Object.fromEntries(entries.filter(([name]) => ofTraining(name))),
    },
  };
};

const declarations: Readonly<Record<string, Declaration<unknown>>> = {
  ...recipeDeclarations,
  ...trainingDeclarations,
};

/** The flag of each value that was tried. */
export const flagsOf = (point: TunePoint): string[] =>
  Object.keys(point).map((name) => flagOf(declarations[name]!));
