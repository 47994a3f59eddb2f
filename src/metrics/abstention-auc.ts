/** The shares of queries that a system may leave unanswered: 0, 0.1, …, 0.9. */
const RATES = 10;

const orderBy = (keys: ArrayLike<number>): Uint32Array =>
  Uint32Array.from(keys, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);

/** Half of an odd number goes to the even neighbor, as in Python. */
const roundHalfToEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
};

/** The area under the mean of the values that remain when those of the lowest keys are left out. */
const areaUnderCurve = (keys: ArrayLike<number>, values: ArrayLike<number>): number => {
  const count = keys.length;
  const order = orderBy(keys);
  // The sum of the values from each place on; values of equal keys count as their mean, whatever their order.
  const rest = new Float64Array(count + 1);
  let end = count;
  while (end > 0) {
    let start = end - 1;
    let sum = values[order[start]!]!;
    for (; start > 0 && keys[order[start - 1]!] === keys[order[end - 1]!]; start--)
      sum += values[order[start - 1]!]!;
    const mean = sum / (end - start);
    for (let i = end - 1; i >= start; i--) rest[i] = rest[i + 1]! + mean;
    end = start;
  }
  let area = 0;
  let before = Number.NaN;
  for (let i = 0; i < RATES; i++) {
    const left = Math.min(roundHalfToEven((i / RATES) * count), count - 1);
    const mean = rest[left]! / (count - left);
    if (i > 0) area += (before + mean) / (2 * RATES);
    before = mean;
  }
  return area;
};

/**
 * How well confidence tells the queries that a system answers well from those that it had better leave unanswered: the
 * normalized area under the abstention curve, MTEB's nAUC.
 *
 * The curve is the mean of the measure when the 0, 10, …, 90% of queries of the lowest confidence are left out. Its area A
 * is set between that of a flat curve, F, and that of an oracle, O, which leaves out the lowest values: (A − F) / (O − F).
 * Queries of equal confidence count as their mean.
 *
 * @param confidences [Q], any numbers.
 * @param values The measure of each query [Q].
 * @returns At most 1; 0 for a confidence that tells nothing; NaN when all values are equal or there is none.
 * @throws RangeError when the lengths differ or a number is NaN.
 *
 * Time O(Q log Q).
 *
 * @example
 * ```ts
 * import { abstentionAuc } from 'oasis-embed/metrics';
 * console.log(abstentionAuc([0.9, 0.2, 0.7], [1, 0, 0.5])); // 1
 * ```
 * @see Gisserot-Boukhlef et al. (2024), Towards trustworthy reranking: a simple yet effective abstention mechanism.
 */
export const abstentionAuc = (confidences: ArrayLike<number>, values: ArrayLike<number>): number => {
  if (confidences.length !== values.length) {
    throw new RangeError(
      `confidences must have shape [Q] = [${values.length}], received [${confidences.length}]`,
    );
  }
  for (const [name, numbers] of Object.entries({ confidences, values })) {
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isNaN(numbers[i])) throw new RangeError(`${name}[${i}] must be a number, received NaN`);
    }
  }
  let sum = 0;
  let equal = true;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    equal &&= values[i] === values[0];
  }
  // Rounding would make something of nothing.
  if (equal) return Number.NaN;
  const flat = (sum / values.length) * ((RATES - 1) / RATES);
  return (areaUnderCurve(confidences, values) - flat) / (areaUnderCurve(values, values) - flat);
};
