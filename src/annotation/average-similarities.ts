import { checkOptions, type OptionNames } from '../numerics/index.js';
import { LARGEST_SIMILARITY } from './label-similarities.js';
import { type TeacherMoments, teacherMoments, teacherSpreads } from './teacher-moments.js';

/**
 * What several teachers' similarities are brought to before they are averaged.
 *
 * `none`: nothing, as published. `z-score`: one mean and one standard deviation, those of the average teacher. `rank`: one
 * distribution, the mean of all (quantile normalization), so that only each teacher's order counts.
 */
export type TeacherScale = 'none' | 'z-score' | 'rank';

/** Options of {@link averageSimilarities}. */
export interface AverageSimilaritiesOptions {
  /** @defaultValue 'none' */
  readonly scale?: TeacherScale;
  /** Of the whole dataset, where `teachers` holds a part of it. @defaultValue those of `teachers` */
  readonly moments?: TeacherMoments;
}

/** How each teacher is brought to a common scale: plain data, as it is stored. */
export type TeacherScaling =
  /** offset + slope · s. */
  | {
      readonly kind: 'linear';
      readonly teachers: readonly { readonly slope: number; readonly offset: number }[];
    }
  /** [T][B + 1], each teacher's distribution function at the edges of B bins over [0, 1]. */
  | { readonly kind: 'rank'; readonly distributions: readonly (readonly number[])[] };

const AVERAGE_OPTIONS: OptionNames<AverageSimilaritiesOptions> = { scale: true, moments: true };

const SCALES: readonly string[] = ['none', 'z-score', 'rank'];

/** More than the rounding of a dot product. */
const NO_SPREAD = 1e-6;

/**
 * Refuses teachers that tell no pairs apart.
 *
 * @param names Of the teachers, for the message.
 * @throws {RangeError} When a teacher gave all pairs the same similarity: such labels have no order.
 *
 * @example
 * ```ts
 * import { checkTeachersOrder, teacherMoments } from 'oasis-embed/annotation';
 * checkTeachersOrder(teacherMoments([[0.1, 0.2]]), ['mine']);
 * ```
 */
export const checkTeachersOrder = (moments: TeacherMoments, names: readonly string[]): void => {
  if (moments.count < 2) return;
  moments.minima.forEach((smallest, t) => {
    if (moments.maxima[t]! - smallest > NO_SPREAD) return;
    throw new RangeError(
      `a teacher must tell pairs apart: ${names[t] ?? `teacher ${t}`} gave all ${moments.count} the similarity ` +
        `${smallest.toFixed(4)}, labels without an order`,
    );
  });
};

/** Distribution functions at the edges of the bins, [T][B + 1]. */
const cumulative = ({ counts, count }: TeacherMoments): number[][] =>
  counts.map((bins) => {
    const shares = [0];
    let sum = 0;
    for (const bin of bins) {
      sum += bin;
      shares.push(sum / count);
    }
    return shares;
  });

/** The similarity below which a share of a teacher's pairs lies. */
const quantile = (shares: readonly number[], share: number): number => {
  let low = 0;
  let high = shares.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shares[middle]! < share) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const [below, above] = [shares[low - 1]!, shares[low]!];
  const part = above === below ? 1 : (share - below) / (above - below);
  return (low - 1 + part) / (shares.length - 1);
};

/**
 * How each teacher's similarities are brought to the common scale.
 *
 * @throws {RangeError} When the scale is unknown, or a teacher gave all pairs the same similarity.
 *
 * @example
 * ```ts
 * import { teacherMoments, teacherScaling } from 'oasis-embed/annotation';
 * const moments = teacherMoments([[0.1, 0.2, 0.3], [0.4, 0.6, 0.8]]);
 * console.log(teacherScaling(moments, 'z-score').kind); // linear
 * ```
 */
export const teacherScaling = (moments: TeacherMoments, scale: TeacherScale): TeacherScaling => {
  if (!SCALES.includes(scale)) {
    throw new RangeError(`scale must be one of ${SCALES.join(', ')}, received ${scale}`);
  }
  checkTeachersOrder(moments, []);
  if (scale === 'rank') return { kind: 'rank', distributions: cumulative(moments) };
  if (scale === 'none') return plainMean(moments.sums.length);
  const spreads = teacherSpreads(moments);
  const meanOf = (part: 'mean' | 'deviation') =>
    spreads.reduce((sum, spread) => sum + spread[part], 0) / spreads.length;
  const [mean, deviation] = [meanOf('mean'), meanOf('deviation')];
  return {
    kind: 'linear',
    teachers: spreads.map((own) => {
      const slope = deviation / own.deviation;
      return { slope, offset: mean - slope * own.mean };
    }),
  };
};

/**
 * The scaling that changes nothing.
 *
 * @example
 * ```ts
 * import { averageOnScale, plainMean } from 'oasis-embed/annotation';
 * console.log(averageOnScale([[0.25], [0.75]], plainMean(2))); // [0.5]
 * ```
 */
export const plainMean = (teachers: number): TeacherScaling => ({
  kind: 'linear',
  teachers: Array.from({ length: teachers }, () => ({ slope: 1, offset: 0 })),
});

/** The share of a teacher's pairs below a similarity; never the edge of its bin, where other teachers may have a gap. */
const shareBelow = (shares: readonly number[], similarity: number): number => {
  const bins = shares.length - 1;
  const bin = Math.min(bins - 1, Math.floor(similarity * bins));
  const within = 0.25 + 0.5 * (similarity * bins - bin);
  return shares[bin]! + within * (shares[bin + 1]! - shares[bin]!);
};

/** What a teacher's similarity is on the common scale. */
const onScale = (scaling: TeacherScaling, teacher: number, similarity: number): number => {
  if (scaling.kind === 'linear') {
    const { slope, offset } = scaling.teachers[teacher]!;
    return offset + slope * similarity;
  }
  const { distributions } = scaling;
  const share = shareBelow(distributions[teacher]!, similarity);
  return distributions.reduce((sum, other) => sum + quantile(other, share), 0) / distributions.length;
};

/**
 * Averages on the common scale: the second half of {@link averageSimilarities}, for parts of a dataset.
 *
 * @param teachers [T][P], similarities in [0, 1].
 * @returns [P], in [0, 1).
 *
 * @example
 * ```ts
 * import { averageOnScale, teacherMoments, teacherScaling } from 'oasis-embed/annotation';
 * const teachers = [[0.2, 0.4], [0.6, 0.8]];
 * const labels = averageOnScale(teachers, teacherScaling(teacherMoments(teachers), 'z-score'));
 * console.log(labels.length); // 2
 * ```
 */
export const averageOnScale = (
  teachers: readonly ArrayLike<number>[],
  scaling: TeacherScaling,
): Float32Array =>
  Float32Array.from({ length: teachers[0]!.length }, (_, pair) => {
    let sum = 0;
    teachers.forEach((similarities, t) => {
      sum += onScale(scaling, t, similarities[pair]!);
    });
    return Math.min(LARGEST_SIMILARITY, Math.max(0, sum / teachers.length));
  });

/**
 * One label for each pair from the similarities of several teachers: their mean, after each is brought to a common scale.
 *
 * The plain mean, as published, gives most say to the teacher whose similarities are spread the widest, and depends on where
 * each has its middle. `none` and `z-score` are linear in each teacher's similarity; `rank` keeps its order. Results outside [0, 1) are cut.
 *
 * @param teachers [T][P], similarities of the same pairs in [0, 1].
 * @returns [P], in [0, 1).
 * @throws {RangeError} When there is no teacher, the lists differ in length, a similarity is outside [0, 1], or a teacher gave
 * all pairs the same one.
 *
 * O(T² · P) time.
 *
 * @example
 * ```ts
 * import { averageSimilarities } from 'oasis-embed/annotation';
 * // The second teacher has the same order at a tenth of the spread.
 * const teachers = [[0.1, 0.5, 0.9], [0.46, 0.5, 0.54]];
 * const [low, middle, high] = averageSimilarities(teachers, { scale: 'z-score' });
 * console.log(low!.toFixed(2), middle!.toFixed(2), high!.toFixed(2)); // 0.28 0.50 0.72
 * ```
 * @see Bolstad et al., "A comparison of normalization methods for high density oligonucleotide array data", 2003, for `rank`
 */
export const averageSimilarities = (
  teachers: readonly ArrayLike<number>[],
  options: AverageSimilaritiesOptions = {},
): Float32Array => {
  checkOptions('averageSimilarities', options, AVERAGE_OPTIONS);
  const own = teacherMoments(teachers);
  const { scale = 'none', moments = own } = options;
  if (moments.sums.length !== teachers.length) {
    throw new RangeError(
      `moments must be of ${teachers.length} teachers, received those of ${moments.sums.length}`,
    );
  }
  return averageOnScale(teachers, teacherScaling(moments, scale));
};
