import { stemmer } from 'stemmer';
import { STOP_WORDS } from './stop-words.js';

const IDENTIFIER = /[\p{L}\p{N}_$]+/gu;
/** The same in ASCII, several times as fast. */
const ASCII_IDENTIFIER = /[A-Za-z0-9_$]+/g;
const PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;
const NOT_ASCII = /[^\x20-\x7e]/;
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Identifiers repeat: what they are cut into is kept, up to this many. */
const KEPT = 1 << 17;
const known = new Map<string, { readonly key: string; readonly terms: readonly string[] }>();

const stem = (word: string): string => (word.length > 2 ? stemmer(word) : word);

const cut = (identifier: string): readonly string[] => {
  if (NOT_ASCII.test(identifier)) return [identifier.toLowerCase()];
  const parts = identifier.match(PART);
  if (parts === null) return [];
  const words = parts.map((part) => part.toLowerCase());
  const terms = words.filter((word) => !STOP_WORDS.has(word)).map(stem);
  if (words.length > 1) terms.push(words.join(''));
  return terms;
};

/** Identifiers and words of a text, in their order. */
export const identifiersOf = (text: string): readonly string[] =>
  text.match(BEYOND_ASCII.test(text) ? IDENTIFIER : ASCII_IDENTIFIER) ?? [];

/** The terms of one identifier or word; `key` is the same word, without a hold on the text that it was cut from. */
export const termsOf = (identifier: string): { readonly key: string; readonly terms: readonly string[] } => {
  let found = known.get(identifier);
  if (found === undefined) {
    if (known.size >= KEPT) known.clear();
    const key = ` ${identifier}`.slice(1);
    found = { key, terms: cut(key) };
    known.set(key, found);
  }
  return found;
};

/**
 * Cuts text or code into the terms that lexical search compares: for each identifier the stems of its words without stop
 * words, and, where it has several words, all of them as one.
 *
 * `parseHTTPResponses` gives pars, http, respons and `parsehttpresponses`, so that `parse_http_responses` is the same name,
 * and "parsing a response" shares two of its words. Words in other scripts than ASCII stay whole. Time O(n).
 *
 * @param text Code, prose or a path.
 * @returns Terms in the order of the text; repetitions stay.
 *
 * @example
 * ```ts
 * import { codeTerms } from 'oasis-embed/retrieval';
 * codeTerms('function sortNames(list)'); // ['function', 'sort', 'name', 'sortnames', 'list']
 * codeTerms('how are the names sorted?'); // ['name', 'sort']
 * ```
 *
 * @see Porter (1980), An algorithm for suffix stripping.
 */
export const codeTerms = (text: string): string[] => {
  const terms: string[] = [];
  for (const identifier of identifiersOf(text))
    for (const term of termsOf(identifier).terms) terms.push(term);
  return terms;
};
