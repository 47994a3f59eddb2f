import { hashString } from '../numerics/index.js';

/** How the random vectors of terms are drawn. */
export interface TermVectorOptions {
  readonly dimensions: number;
  readonly seed: number;
  /** How much of a vector's squared length its character n-grams hold, in [0, 1). */
  readonly subwordShare: number;
}

const SHORTEST = 3;
const LONGEST = 5;

const scramble = (value: number): number => {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** Adds ±scale per coordinate: the signs are hash bits of (seed, feature, block). */
const addSigns = (target: Float32Array, feature: string, seed: number, scale: number) => {
  const key = scramble(hashString(feature) ^ scramble(seed ^ 0x9e3779b9));
  for (let start = 0; start < target.length; start += 32) {
    let bits = scramble(scramble((key + Math.imul(start + 1, 0x9e3779b1)) >>> 0) ^ key);
    const end = Math.min(start + 32, target.length);
    for (let i = start; i < end; i++) {
      target[i] = target[i]! + ((bits & 1) === 1 ? scale : -scale);
      bits >>>= 1;
    }
  }
};

const characterNgrams = (term: string): string[] => {
  const marked = `^${term}$`;
  const ngrams: string[] = [];
  for (let n = SHORTEST; n <= LONGEST; n++) {
    for (let i = 0; i + n <= marked.length; i++) ngrams.push(marked.slice(i, i + n));
  }
  return ngrams;
};

/**
 * A unit vector per term that any machine computes alike without a table: random signs of the term itself and of
 * its character n-grams (3 to 5, with word boundaries).
 *
 * Dot products of different terms are 0 ± 1/√D, so a weighted bag of such vectors has the cosines of the weighted
 * bag itself up to that noise; terms that share n-grams ("sort", "sorted") lean towards each other.
 *
 * @see Achlioptas, "Database-friendly random projections", JCSS 2003
 * @see Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017
 */
export const termVector = (
  term: string,
  { dimensions, seed, subwordShare }: TermVectorOptions,
): Float32Array => {
  const vector = new Float32Array(dimensions);
  const ngrams = subwordShare > 0 ? characterNgrams(term) : [];
  const own = ngrams.length === 0 ? 1 : Math.sqrt(1 - subwordShare);
  addSigns(vector, term, seed, own);
  const scale = Math.sqrt(subwordShare / Math.max(ngrams.length, 1));
  for (const ngram of ngrams) addSigns(vector, `#${ngram}`, seed, scale);
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  for (let i = 0; i < dimensions; i++) vector[i] = vector[i]! / length;
  return vector;
};
