import {
  type BetaMixture,
  bimodality,
  fitBetaMixture,
  fitGaussianMixture,
  type GaussianMixture,
  intersectionThreshold,
  mergeHistograms,
  quantileOf,
  ScoreHistogram,
  scoreHistogram,
} from 'oasis-embed/mixture';
import { NeedsChoice } from '../engine/needs-choice.js';
import type { RunOptions } from '../options/run-options.js';

type Parameters = 'weights' | 'means' | 'variances';
type Recorded<Fit> = Omit<Fit, Parameters> & { readonly [name in Parameters]: readonly number[] };

/** More components than this say nothing of two populations. */
const MAX_COMPONENTS = 4;
/** Fits beyond the two are only compared by BIC, and many components can creep on for thousands of rounds. */
const COMPARED = { tolerance: 1e-8, maxIterations: 500 } as const;

const recorded = (fit: GaussianMixture | BetaMixture): Recorded<GaussianMixture> | BetaMixture =>
  fit.kind === 'beta'
    ? fit
    : { ...fit, weights: [...fit.weights], means: [...fit.means], variances: [...fit.variances] };

/** Content of mixture.json: the fit, its diagnostics and the threshold in force. */
export interface MixtureRecord {
  readonly bins: number;
  /** What was fitted: the similarities of all pairs, positives among them, or of the negatives alone. */
  readonly over: RunOptions['mixtureOver'];
  /** The similarities that were fitted, counted over [0, 1]. */
  readonly histogram: {
    readonly minimum: number;
    readonly maximum: number;
    readonly counts: readonly number[];
  };
  /** The fit with two components. */
  readonly mixture: Recorded<GaussianMixture> | BetaMixture;
  /** The fits with 1 to 4 components, as many as there are scores for. */
  readonly fits: readonly (Recorded<GaussianMixture> | BetaMixture)[];
  /** The number of components with the lowest BIC. */
  readonly bestComponents: number;
  readonly ashmansD: number;
  /** BIC of one component minus BIC of two. */
  readonly deltaBic: number;
  readonly valleyToPeak: number;
  readonly warnings: readonly string[];
  readonly threshold: number;
  readonly origin: 'intersection' | 'option' | 'quantile';
  /** What the fit itself said, where an option took its place. */
  readonly intersection: {
    readonly kind: string;
    readonly value?: number;
    readonly reason?: string;
    readonly detail?: string;
  };
}

/** How similarities are counted, in every shard alike. */
export const similarityBins = { bins: 4096, minimum: 0, maximum: 1 } as const;

/** Bins kept in mixture.json and drawn in the report; the fit itself uses the finer histogram. */
export const SHOWN_BINS = 128;

/** The counts of the bins that are shown. */
export const coarseCounts = (histogram: ScoreHistogram): number[] => {
  const width = histogram.counts.length / SHOWN_BINS;
  return Array.from({ length: SHOWN_BINS }, (_, bin) =>
    histogram.counts.subarray(bin * width, (bin + 1) * width).reduce((sum, count) => sum + count, 0),
  );
};

export type ThresholdOptions = Pick<
  RunOptions,
  'threshold' | 'thresholdQuantile' | 'mixture' | 'mixtureOver'
>;

/** The similarities of a run's pairs, as they are or counted in {@link similarityBins}. */
export interface PairSimilarities {
  readonly negatives: Float32Array | ScoreHistogram;
  readonly positives: Float32Array | ScoreHistogram;
}

const counted = (similarities: Float32Array | ScoreHistogram): ScoreHistogram =>
  similarities instanceof ScoreHistogram ? similarities : scoreHistogram(similarities, similarityBins);

/**
 * Fits the mixture to the similarities of all pairs, or of the negatives alone, and determines s*: the intersection, or the
 * user's choice. With neither two separable components nor a choice there is no threshold, and the run must not invent one.
 */
export const settleThreshold = (similarities: PairSimilarities, options: ThresholdOptions): MixtureRecord => {
  const negatives = counted(similarities.negatives);
  const histogram =
    options.mixtureOver === 'pairs'
      ? mergeHistograms([negatives, counted(similarities.positives)])
      : negatives;
  const evidence = bimodality(histogram, { maxComponents: 2, family: options.mixture });
  const mixture = evidence.fits[1]!;
  const fitMixture = options.mixture === 'beta' ? fitBetaMixture : fitGaussianMixture;
  const fits = [...evidence.fits];
  while (fits.length < Math.min(MAX_COMPONENTS, histogram.total))
    fits.push(fitMixture(histogram, { ...COMPARED, components: fits.length + 1 }));
  const best = fits.reduce((a, b) => (b.bic < a.bic ? b : a));
  const intersection = intersectionThreshold(mixture);
  let threshold: number;
  let origin: MixtureRecord['origin'];
  if (options.threshold !== null) {
    threshold = options.threshold;
    origin = 'option';
  } else if (options.thresholdQuantile !== null) {
    threshold = quantileOf(negatives, options.thresholdQuantile);
    origin = 'quantile';
  } else if (intersection.kind === 'threshold') {
    threshold = intersection.value;
    origin = 'intersection';
  } else {
    throw new NeedsChoice(
      `the similarities of ${options.mixtureOver === 'pairs' ? 'all pairs' : 'the negatives'} give no threshold s*: ` +
        `${intersection.detail} (${intersection.reason}). ` +
        'Choose one: --threshold S takes a similarity, --threshold-quantile Q the share of negatives below it ' +
        '(such as 0.95). Nothing else needs to be redone.',
    );
  }
  return {
    bins: histogram.counts.length,
    over: options.mixtureOver,
    histogram: { minimum: 0, maximum: 1, counts: coarseCounts(histogram) },
    mixture: recorded(mixture),
    fits: fits.map(recorded),
    bestComponents: best.weights.length,
    ashmansD: evidence.ashmansD,
    deltaBic: evidence.deltaBic,
    valleyToPeak: evidence.valleyToPeak,
    warnings: evidence.warnings,
    threshold,
    origin,
    intersection,
  };
};
