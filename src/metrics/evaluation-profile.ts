import type { EvaluateRunOptions } from './evaluate-run.js';

/** Whose numbers an evaluation should agree with. */
export type EvaluationProfile = 'trec_eval' | 'beir' | 'sentence-transformers' | 'codesearchnet';

type ProfileOptions = Omit<Required<EvaluateRunOptions>, 'profile'>;

interface Profile {
  readonly options: ProfileOptions;
  /** What a metric of this name is called here. */
  readonly rename: (measure: string) => string;
}

const same = (measure: string): string => measure;

const DEFAULTS: ProfileOptions = {
  ties: 'trec',
  missing: 'zero',
  withoutRelevant: 'skip',
  ignoreIdenticalIds: false,
  scorePrecision: 'float64',
  gains: 'graded',
};

const PROFILES: Readonly<Record<EvaluationProfile, Profile>> = {
  trec_eval: {
    options: { ...DEFAULTS, missing: 'skip', withoutRelevant: 'zero', scorePrecision: 'float32' },
    rename: same,
  },
  beir: {
    options: {
      ...DEFAULTS,
      missing: 'skip',
      withoutRelevant: 'zero',
      scorePrecision: 'float32',
      ignoreIdenticalIds: true,
    },
    rename: same,
  },
  'sentence-transformers': {
    options: { ...DEFAULTS, gains: 'binary' },
    rename: (measure) => measure.replace(/^map@/, 'map-min@'),
  },
  codesearchnet: {
    options: DEFAULTS,
    rename: (measure) => (measure === 'mrr' ? 'mrr@1000' : measure.replace(/^ndcg(?=$|@)/, 'ndcg-exp')),
  },
};

/** @throws RangeError when there is no such profile. */
export const profileOf = (name: EvaluationProfile | undefined): Profile => {
  if (name === undefined) return { options: DEFAULTS, rename: same };
  if (!Object.hasOwn(PROFILES, name)) {
    const known = Object.keys(PROFILES).join(', ');
    throw new RangeError(`profile must be one of ${known}, received ${JSON.stringify(name)}`);
  }
  return PROFILES[name];
};
