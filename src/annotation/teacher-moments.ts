/** Bins of the counts over [0, 1] that ranks are taken from. */
const BINS = 4096;

/**
 * What is known of several teachers' similarities of the same pairs: enough for their agreement and for a common scale. It is
 * plain data, and parts of a dataset add up by {@link mergeTeacherMoments}.
 */
export interface TeacherMoments {
  /** P, the pairs. */
  readonly count: number;
  /** [T], Σ s. */
  readonly sums: readonly number[];
  /** [T][T], Σ s·s′. */
  readonly products: readonly (readonly number[])[];
  /** [T], the smallest and the largest similarity. */
  readonly minima: readonly number[];
  readonly maxima: readonly number[];
  /** [T][4096], similarities counted over [0, 1]. */
  readonly counts: readonly (readonly number[])[];
}

const extreme = (
  values: ArrayLike<number>,
  pick: (a: number, b: number) => number,
  start: number,
): number => {
  let found = start;
  for (let i = 0; i < values.length; i++) found = pick(found, values[i]!);
  return found;
};

/**
 * Reads the similarities that several teachers gave the same pairs.
 *
 * @param teachers [T][P], in [0, 1].
 * @throws {RangeError} When there is no teacher, the lists differ in length, or a similarity is outside [0, 1].
 *
 * O(T² · P) time.
 *
 * @example
 * ```ts
 * import { teacherAgreement, teacherMoments } from 'oasis-embed/annotation';
 * const moments = teacherMoments([[0.1, 0.5, 0.9], [0.2, 0.4, 0.6]]);
 * console.log(teacherAgreement(moments)[0]![1]!.toFixed(3)); // 1.000
 * ```
 */
export const teacherMoments = (teachers: readonly ArrayLike<number>[]): TeacherMoments => {
  const [first] = teachers;
  if (first === undefined) throw new RangeError('teachers must hold at least one list, received none');
  const count = first.length;
  teachers.forEach((similarities, t) => {
    if (similarities.length !== count) {
      throw new RangeError(
        `teachers[${t}] must have shape [P] = [${count}] as teachers[0] has, received [${similarities.length}]`,
      );
    }
    for (let pair = 0; pair < count; pair++) {
      const value = similarities[pair]!;
      if (!(value >= 0 && value <= 1))
        throw new RangeError(`teachers[${t}][${pair}] must be in [0, 1], received ${value}`);
    }
  });
  const add = (a: ArrayLike<number>, b: ArrayLike<number> | null): number => {
    let sum = 0;
    for (let pair = 0; pair < count; pair++) sum += a[pair]! * (b === null ? 1 : b[pair]!);
    return sum;
  };
  return {
    count,
    sums: teachers.map((similarities) => add(similarities, null)),
    products: teachers.map((a) => teachers.map((b) => add(a, b))),
    minima: teachers.map((similarities) => extreme(similarities, Math.min, 1)),
    maxima: teachers.map((similarities) => extreme(similarities, Math.max, 0)),
    counts: teachers.map((similarities) => {
      const counts = new Array<number>(BINS).fill(0);
      for (let pair = 0; pair < count; pair++) {
        counts[Math.min(BINS - 1, Math.floor(similarities[pair]! * BINS))]!++;
      }
      return counts;
    }),
  };
};

/**
 * The moments of all pairs, from those of their parts.
 *
 * @throws {RangeError} When there is no part, or the parts are of different numbers of teachers.
 *
 * @example
 * ```ts
 * import { mergeTeacherMoments, teacherMoments } from 'oasis-embed/annotation';
 * const parts = [teacherMoments([[0.1, 0.5]]), teacherMoments([[0.9]])];
 * console.log(mergeTeacherMoments(parts).count); // 3
 * ```
 */
export const mergeTeacherMoments = (parts: readonly TeacherMoments[]): TeacherMoments => {
  const [first, ...rest] = parts;
  if (first === undefined) throw new RangeError('parts must hold at least one, received none');
  const added = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + b[i]!);
  return rest.reduce((sum, part, i) => {
    if (part.sums.length !== sum.sums.length) {
      throw new RangeError(
        `parts[${i + 1}] must be of ${sum.sums.length} teachers as parts[0] is, received ${part.sums.length}`,
      );
    }
    return {
      count: sum.count + part.count,
      sums: added(sum.sums, part.sums),
      products: sum.products.map((row, t) => added(row, part.products[t]!)),
      minima: sum.minima.map((value, t) => Math.min(value, part.minima[t]!)),
      maxima: sum.maxima.map((value, t) => Math.max(value, part.maxima[t]!)),
      counts: sum.counts.map((row, t) => added(row, part.counts[t]!)),
    };
  }, first);
};

/** Where a teacher's similarities lie. */
export interface TeacherSpread {
  readonly mean: number;
  /** The standard deviation. */
  readonly deviation: number;
}

/**
 * Mean and standard deviation of each teacher's similarities.
 *
 * @example
 * ```ts
 * import { teacherMoments, teacherSpreads } from 'oasis-embed/annotation';
 * console.log(teacherSpreads(teacherMoments([[0.2, 0.4]]))[0]!.mean.toFixed(2)); // 0.30
 * ```
 */
export const teacherSpreads = ({ count, sums, products }: TeacherMoments): TeacherSpread[] =>
  sums.map((sum, t) => {
    const mean = sum / count;
    return { mean, deviation: Math.sqrt(Math.max(0, products[t]![t]! / count - mean * mean)) };
  });

/**
 * How far teachers agree: the correlations of their similarities, [T][T].
 *
 * A teacher without spread correlates 0 with every other, and 1 with itself.
 *
 * @example
 * ```ts
 * import { teacherAgreement, teacherMoments } from 'oasis-embed/annotation';
 * const opposite = teacherMoments([[0.1, 0.5, 0.9], [0.9, 0.5, 0.1]]);
 * console.log(teacherAgreement(opposite)[0]![1]!.toFixed(3)); // -1.000
 * ```
 */
export const teacherAgreement = (moments: TeacherMoments): number[][] => {
  const spreads = teacherSpreads(moments);
  return spreads.map((a, t) =>
    spreads.map((b, u) => {
      if (t === u) return 1;
      const scale = a.deviation * b.deviation;
      if (scale === 0) return 0;
      const covariance = moments.products[t]![u]! / moments.count - a.mean * b.mean;
      return Math.max(-1, Math.min(1, covariance / scale));
    }),
  );
};
