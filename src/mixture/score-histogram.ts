import { checkOptions, checkPositiveInteger, checkWholeNumber, type OptionNames } from '../numerics/index.js';
/** How scores are binned. */
export interface ScoreHistogramOptions {
  /**
   * How many bins of equal width.
   * @defaultValue 4096
   */
  readonly bins?: number;
  /**
   * The lower edge of the first bin.
   * @defaultValue 0
   */
  readonly minimum?: number;
  /**
   * The upper edge of the last bin.
   * @defaultValue 1
   */
  readonly maximum?: number;
}

/** A histogram as plain data, for JSON and for messages between workers. */
export interface ScoreHistogramData {
  readonly minimum: number;
  readonly maximum: number;
  readonly below: number;
  readonly above: number;
  readonly counts: readonly number[];
}

const SCORE_HISTOGRAM_OPTIONS: OptionNames<ScoreHistogramOptions> = {
  bins: true,
  minimum: true,
  maximum: true,
};

/**
 * Counts of scores in bins of equal width, filled as scores arrive and merged across shards.
 *
 * Bin i holds minimum + i·w ≤ score < minimum + (i+1)·w with w = (maximum − minimum)/bins; the last bin includes
 * the maximum. Scores outside the range are clipped into the end bins and counted in `below` and `above`, as a
 * label clipped to the range would be. Counts are exact up to 2⁵³.
 *
 * @example
 * ```ts
 * import { ScoreHistogram } from 'oasis-embed/mixture';
 * const histogram = new ScoreHistogram({ bins: 10 });
 * histogram.add([0.05, 0.31, 0.38]);
 * histogram.add([0.95]);
 * console.log(histogram.total, histogram.counts[3]); // 4 2
 * ```
 */
export class ScoreHistogram {
  readonly minimum: number;
  readonly maximum: number;
  /** Scores per bin, [bins]. */
  readonly counts: Float64Array;
  #total = 0;
  #below = 0;
  #above = 0;

  /** @throws RangeError when `bins` is not a positive whole number or the range is empty. */
  constructor(options: ScoreHistogramOptions = {}) {
    checkOptions('ScoreHistogram', options, SCORE_HISTOGRAM_OPTIONS);
    const { bins = 4096, minimum = 0, maximum = 1 } = options;
    checkPositiveInteger('bins', bins);
    if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && minimum < maximum)) {
      throw new RangeError(`minimum must be below maximum, received ${minimum} and ${maximum}`);
    }
    this.minimum = minimum;
    this.maximum = maximum;
    this.counts = new Float64Array(bins);
  }

  /** How many scores were counted, those clipped included. */
  get total(): number {
    return this.#total;
  }

  /** How many scores lay below `minimum`. */
  get below(): number {
    return this.#below;
  }

  /** How many scores lay above `maximum`. */
  get above(): number {
    return this.#above;
  }

  /** The width of a bin. */
  get binWidth(): number {
    return (this.maximum - this.minimum) / this.counts.length;
  }

  /** The middle of bin `index`. */
  binCenter(index: number): number {
    return this.minimum + (index + 0.5) * this.binWidth;
  }

  /**
   * Counts scores. If one of them is not finite, none is counted.
   *
   * @param scores Any length.
   * @returns This histogram.
   * @throws RangeError that names the index and value of the first score that is not finite. Time O(n).
   */
  add(scores: ArrayLike<number>): this {
    assertFiniteScores(scores);
    const { counts, minimum, maximum } = this;
    const last = counts.length - 1;
    const scale = counts.length / (maximum - minimum);
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if (score < minimum) {
        this.#below += 1;
        counts[0]! += 1;
      } else if (score > maximum) {
        this.#above += 1;
        counts[last]! += 1;
      } else {
        const bin = Math.floor((score - minimum) * scale);
        counts[Math.min(bin, last)]! += 1;
      }
    }
    this.#total += scores.length;
    return this;
  }

  /** Adds the counts of a histogram with the same bins; see {@link mergeHistograms}. */
  merge(other: ScoreHistogram): this {
    const { counts } = this;
    if (
      other.counts.length !== counts.length ||
      other.minimum !== this.minimum ||
      other.maximum !== this.maximum
    ) {
      throw new RangeError(
        `other must have ${counts.length} bins over [${this.minimum}, ${this.maximum}], received ` +
          `${other.counts.length} over [${other.minimum}, ${other.maximum}]`,
      );
    }
    for (let i = 0; i < counts.length; i++) counts[i]! += other.counts[i]!;
    this.#total += other.total;
    this.#below += other.below;
    this.#above += other.above;
    return this;
  }

  toJSON(): ScoreHistogramData {
    const { minimum, maximum, below, above } = this;
    return { minimum, maximum, below, above, counts: Array.from(this.counts) };
  }

  /** The inverse of `toJSON`. @throws RangeError when a count is negative or not whole. */
  static fromJSON(data: ScoreHistogramData): ScoreHistogram {
    const histogram = new ScoreHistogram({
      bins: data.counts.length,
      minimum: data.minimum,
      maximum: data.maximum,
    });
    data.counts.forEach((count, i) => {
      checkWholeNumber(`counts[${i}]`, count, 0);
      histogram.counts[i] = count;
      histogram.#total += count;
    });
    histogram.#below = data.below;
    histogram.#above = data.above;
    return histogram;
  }
}

/** Beyond this magnitude the squares of scores leave the range of a double. */
const LARGEST_SCORE = 1e100;

/**
 * @throws RangeError that names the index and value of the first score that is not a finite number of at most 1e100
 * in magnitude. A string or null is none: JSON writes NaN as null, which arithmetic would read as 0.
 */
export const assertFiniteScores = (scores: ArrayLike<number>): void => {
  for (let i = 0; i < scores.length; i++) {
    const score: unknown = scores[i];
    // Also false for NaN and the infinities.
    if (typeof score === 'number' && score <= LARGEST_SCORE && score >= -LARGEST_SCORE) continue;
    const shown = typeof score === 'string' ? JSON.stringify(score) : String(score);
    throw new RangeError(
      typeof score === 'number' && Number.isFinite(score)
        ? `scores[${i}] must be at most 1e100 in magnitude, received ${shown}`
        : `scores[${i}] must be finite, received ${shown}`,
    );
  }
};

/**
 * Bins scores, so that a mixture can be fitted in milliseconds however many there are.
 *
 * Scores outside the range are clipped into the end bins and counted. No scores give an empty histogram.
 *
 * @param scores Similarities, any length.
 * @param options The bins.
 * @returns A histogram to which more scores can be added.
 * @throws RangeError that names the index and value of a score that is not finite. Time O(n), memory O(bins).
 *
 * @example
 * ```ts
 * import { scoreHistogram } from 'oasis-embed/mixture';
 * const histogram = scoreHistogram(Float32Array.of(0.1, 0.2, 0.7), { bins: 4 });
 * console.log(Array.from(histogram.counts)); // [2, 0, 1, 0]
 * ```
 */
export const scoreHistogram = (
  scores: ArrayLike<number>,
  options: ScoreHistogramOptions = {},
): ScoreHistogram => {
  checkOptions('scoreHistogram', options, SCORE_HISTOGRAM_OPTIONS);
  return new ScoreHistogram(options).add(scores);
};

/**
 * The histogram of several shards together; the order of the shards does not matter.
 *
 * @param histograms At least one, all with the same bins; none is changed.
 * @throws RangeError when there is none or their bins differ. Time and memory O(bins).
 *
 * @example
 * ```ts
 * import { mergeHistograms, scoreHistogram } from 'oasis-embed/mixture';
 * const merged = mergeHistograms([scoreHistogram([0.2]), scoreHistogram([0.4, 0.6])]);
 * console.log(merged.total); // 3
 * ```
 */
export const mergeHistograms = (histograms: readonly ScoreHistogram[]): ScoreHistogram => {
  const [first] = histograms;
  if (first === undefined) throw new RangeError('histograms must hold at least one histogram, received 0');
  const { minimum, maximum } = first;
  const merged = new ScoreHistogram({ bins: first.counts.length, minimum, maximum });
  for (const histogram of histograms) merged.merge(histogram);
  return merged;
};
