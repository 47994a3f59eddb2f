import type { OptionNames } from '../numerics/index.js';

/** The free choices of BM25. */
export interface Bm25Options {
  /**
   * How fast repetitions of a term stop to matter.
   * @defaultValue 1.2
   */
  readonly k1?: number;
  /**
   * How much long documents are held back, in [0, 1].
   * @defaultValue 0.75
   */
  readonly b?: number;
  /**
   * Inverse document frequency: `lucene` is ln(1 + (N − n + ½)/(n + ½)), never negative; `atire` is ln(N/n).
   * @defaultValue 'lucene'
   */
  readonly variant?: 'lucene' | 'atire';
}

export const BM25_OPTIONS: OptionNames<Bm25Options> = { k1: true, b: true, variant: true };

/** The options with their defaults. @throws RangeError when k1 is negative or b is outside [0, 1]. */
export const bm25Choices = ({
  k1 = 1.2,
  b = 0.75,
  variant = 'lucene',
}: Bm25Options): Required<Bm25Options> => {
  if (!(k1 >= 0 && Number.isFinite(k1))) throw new RangeError(`k1 must be at least 0, received ${k1}`);
  if (!(b >= 0 && b <= 1)) throw new RangeError(`b must be in [0, 1], received ${b}`);
  return { k1, b, variant };
};

/** What a corpus is to BM25. */
export interface Bm25Corpus extends Required<Bm25Options> {
  /** How many documents there are. */
  readonly size: number;
  readonly meanLength: number;
}

/**
 * What one occurrence of a term in a query adds to a document.
 *
 * @param frequency In how many documents the term stands.
 * @param count How often it stands in this one.
 * @param length How many tokens this one has.
 */
export const bm25Weight = (
  { k1, b, variant, size, meanLength }: Bm25Corpus,
  frequency: number,
  count: number,
  length: number,
): number => {
  const idf =
    variant === 'lucene'
      ? Math.log1p((size - frequency + 0.5) / (frequency + 0.5))
      : Math.log(size / frequency);
  const norm = k1 * (1 - b + (b * length) / meanLength);
  return (idf * count * (k1 + 1)) / (count + norm);
};
