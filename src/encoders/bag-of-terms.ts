import type { Random } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';
import type { TextRole, TokenizedTexts } from './encoder.js';
import type { Vocabulary } from './vocabulary.js';

/** What a document's term counts are kept apart by: the text before its first `(`, the rest of its head, the body. */
export const FIELDS = ['name', 'signature', 'body'] as const;

/** Texts as term counts in compressed sparse rows: text i owns entries offsets[i] to offsets[i + 1]. */
export interface BagOfTerms extends TokenizedTexts {
  readonly offsets: Uint32Array;
  /** Row of the vocabulary, or vocabulary size + index into `unknown`. */
  readonly terms: Uint32Array;
  /** [entries, fields], how often the term occurs in each field. */
  readonly counts: Float32Array;
  /** Terms that the vocabulary lacks, in order of appearance; shared by all selections of a set. */
  readonly unknown: readonly string[];
}

const HEAD_LIMIT = 400;

const splitFields = (text: string, role: TextRole): readonly string[] => {
  if (role === 'query') return ['', '', text];
  const open = text.slice(0, HEAD_LIMIT).indexOf('(');
  if (open < 0) return ['', '', text];
  const rest = text.slice(open);
  const headEnd = Math.max(rest.slice(0, HEAD_LIMIT).search(/\)\s*(\{|=>|:)|\n/), 0);
  return [text.slice(0, open), rest.slice(0, headEnd), rest.slice(headEnd)];
};

/** Counts the subtokens of each text per field. Time linear in the texts' length. */
export const countTerms = (texts: readonly string[], role: TextRole, vocabulary: Vocabulary): BagOfTerms => {
  const offsets = new Uint32Array(texts.length + 1);
  const terms: number[] = [];
  const counts: number[] = [];
  const unknown: string[] = [];
  const unknownIndex = new Map<string, number>();
  const rowOf = (term: string): number => {
    const known = vocabulary.index.get(term) ?? unknownIndex.get(term);
    if (known !== undefined) return known;
    const row = vocabulary.terms.length + unknown.length;
    unknown.push(term);
    unknownIndex.set(term, row);
    return row;
  };
  texts.forEach((text, i) => {
    const entries = new Map<number, number>();
    splitFields(text, role).forEach((part, field) => {
      for (const term of subtokens(part)) {
        const row = rowOf(term);
        let entry = entries.get(row);
        if (entry === undefined) {
          entry = terms.length;
          entries.set(row, entry);
          terms.push(row);
          for (let f = 0; f < FIELDS.length; f++) counts.push(0);
        }
        counts[entry * FIELDS.length + field] = counts[entry * FIELDS.length + field]! + 1;
      }
    });
    offsets[i + 1] = terms.length;
  });
  return {
    length: texts.length,
    offsets,
    terms: Uint32Array.from(terms),
    counts: Float32Array.from(counts),
    unknown,
  };
};

/** The given texts of a set, in the given order. */
export const selectBags = (bags: BagOfTerms, rows: ArrayLike<number>): BagOfTerms => {
  const offsets = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < bags.length)) {
      throw new RangeError(`rows[${i}] must be a row of ${bags.length} texts, received ${row}`);
    }
    offsets[i + 1] = offsets[i]! + bags.offsets[row + 1]! - bags.offsets[row]!;
  }
  const width = FIELDS.length;
  const terms = new Uint32Array(offsets[rows.length]!);
  const counts = new Float32Array(terms.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = bags.offsets[rows[i]!]!;
    const end = bags.offsets[rows[i]! + 1]!;
    terms.set(bags.terms.subarray(start, end), offsets[i]!);
    counts.set(bags.counts.subarray(start * width, end * width), offsets[i]! * width);
  }
  return { length: rows.length, offsets, terms, counts, unknown: bags.unknown };
};

/** Leaves each entry out with probability `rate`, but never a text's last one. */
export const dropTerms = (bags: BagOfTerms, rate: number, random: Random): BagOfTerms => {
  const width = FIELDS.length;
  const offsets = new Uint32Array(bags.length + 1);
  const terms = new Uint32Array(bags.terms.length);
  const counts = new Float32Array(bags.counts.length);
  let kept = 0;
  const keep = (entry: number) => {
    terms[kept] = bags.terms[entry]!;
    for (let f = 0; f < width; f++) counts[kept * width + f] = bags.counts[entry * width + f]!;
    kept++;
  };
  for (let i = 0; i < bags.length; i++) {
    const start = bags.offsets[i]!;
    const end = bags.offsets[i + 1]!;
    const before = kept;
    for (let entry = start; entry < end; entry++) if (random.uniform() >= rate) keep(entry);
    if (kept === before && end > start) keep(start + random.below(end - start));
    offsets[i + 1] = kept;
  }
  return {
    length: bags.length,
    offsets,
    terms: terms.slice(0, kept),
    counts: counts.slice(0, kept * width),
    unknown: bags.unknown,
  };
};
