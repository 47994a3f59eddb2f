import { checkCutoff } from './check-cutoff.js';
import { placesWithin, type QueryMeasure, tieGroups } from './ranked-query.js';

/**
 * For x = 0 … places: the mean, over all draws of x of `size` documents, of the product of their `factors`; a document
 * without a factor has 1.
 */
const meanProducts = (factors: Float64Array, size: number, places: number): Float64Array => {
  const count = factors.length;
  /** The mean product over all draws of j of the documents with a factor. */
  const means = new Float64Array(count + 1);
  means[0] = 1;
  for (let n = 1; n <= count; n++) {
    for (let j = n; j > 0; j--) {
      const without = j < n ? ((n - j) / n) * means[j]! : 0;
      means[j] = without + (j / n) * factors[n - 1]! * means[j - 1]!;
    }
  }
  /** The probability that x draws hold j of these documents. */
  const held = new Float64Array(count + 1);
  held[0] = 1;
  const products = new Float64Array(places + 1);
  for (let x = 0; x <= places; x++) {
    for (let j = 0; j <= Math.min(x, count); j++) products[x]! += held[j]! * means[j]!;
    for (let j = Math.min(x + 1, count); j >= 0; j--) {
      const stays = j <= x ? held[j]! * (1 - (count - j) / (size - x)) : 0;
      const grows = j > 0 ? (held[j - 1]! * (count - j + 1)) / (size - x) : 0;
      held[j] = stays + grows;
    }
  }
  return products;
};

/**
 * Σ 1/rank · P(the reader stops there), who stops at a document of grade g with probability (2^g − 1)/2^max.
 *
 * @param largest The largest grade of the scale; gdeval takes 4.
 * @see Chapelle, Metlzer, Zhang and Grinspan (2009), Expected reciprocal rank for graded relevance.
 */
export const expectedReciprocalRankOf = (cutoff: number, largest: number): QueryMeasure => {
  checkCutoff(cutoff, 'cutoff');
  if (!(largest > 0 && largest <= 1000)) {
    throw new RangeError(`max must be a grade in (0, 1000], received ${largest}`);
  }
  return (query) => {
    const over = query.gains.find((grade) => grade > largest);
    if (over !== undefined) {
      throw new RangeError(
        `err must know the largest grade, as in err(max=${Math.ceil(over)}): received ${over} above ${largest}`,
      );
    }
    let value = 0;
    /** The probability that the reader comes this far. */
    let reach = 1;
    for (const group of tieGroups(query)) {
      const { above, size, from, to } = group;
      const factors = query.gains.subarray(from, to).map((grade) => 1 - (2 ** grade - 1) / 2 ** largest);
      const last = placesWithin(group, cutoff);
      if (last === 0) break;
      const products = meanProducts(factors, size, last);
      for (let x = 1; x <= last; x++) value += (reach * (products[x - 1]! - products[x]!)) / (above + x);
      reach *= products[last]!;
    }
    return value;
  };
};
