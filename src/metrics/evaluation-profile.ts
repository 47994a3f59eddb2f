import type { EvaluationChoices, EvaluationProfile } from './evaluate-run-options.js';

interface Profile {
  readonly options: Partial<EvaluationChoices>;
  /** What other options a kind of metric has. */
  readonly families?: Readonly<Record<string, Partial<EvaluationChoices>>>;
  /** What a metric, in this library's spelling, is called here. */
  readonly rename?: (measure: string) => string;
}

const TREC_EVAL_10: Partial<EvaluationChoices> = { missing: 'skip', withoutRelevant: 'zero' };
const TREC_EVAL_9: Partial<EvaluationChoices> = { ...TREC_EVAL_10, scorePrecision: 'float32' };

/** BEIR computes these itself, on lists that Python sorts. */
const BEIR_CUSTOM: Partial<EvaluationChoices> = {
  missing: 'zero',
  ties: 'first',
  scorePrecision: 'float64',
};

const PROFILES: Readonly<Record<EvaluationProfile, Profile>> = {
  trec_eval: { options: TREC_EVAL_9 },
  'trec_eval-9': { options: TREC_EVAL_9 },
  'trec_eval-10': { options: TREC_EVAL_10 },
  beir: {
    options: { ...TREC_EVAL_9, ignoreIdenticalIds: 'run' },
    families: { mrr: BEIR_CUSTOM, 'recall-cap': BEIR_CUSTOM, success: BEIR_CUSTOM, 'hit-rate': BEIR_CUSTOM },
  },
  'sentence-transformers': {
    options: { gains: 'binary' },
    rename: (measure) => measure.replace(/^map(?=@\d)/, 'map-min'),
  },
  codesearchnet: {
    options: {},
    rename: (measure) => (measure === 'mrr' ? 'mrr@1000' : measure.replace(/^ndcg(?=$|@)/, 'ndcg-exp')),
  },
};

/** @throws RangeError when there is no such profile. */
export const profileOf = (name: EvaluationProfile | undefined): Profile => {
  if (name === undefined) return { options: {} };
  if (!Object.hasOwn(PROFILES, name)) {
    const known = Object.keys(PROFILES).join(', ');
    throw new RangeError(`profile must be one of ${known}, received ${JSON.stringify(name)}`);
  }
  return PROFILES[name];
};
