import { codeTerms } from './code-terms.js';

/** A question as the ranker reads it. */
export interface ReadQuestion {
  /** A `symbol` is one name, plain or qualified; everything else is a `sentence`. */
  readonly kind: 'symbol' | 'sentence';
  /** Distinct, without stop words. */
  readonly terms: readonly string[];
  /**
   * Names that the question spells as code does: the whole of a symbol, in a sentence `camelCase`, `snake_case`, `Name.member`,
   * `call()` and what stands in backquotes. Each with the segments of its qualification.
   */
  readonly identifiers: readonly (readonly string[])[];
}

const SEPARATOR = /::|->|[.#\\]/;
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*[?!]?/u;
const QUALIFIED = new RegExp(`^${NAME.source}(?:(?:::|->|[.#\\\\])${NAME.source})*(?:\\(\\))?$`, 'u');
const SPELLED =
  /^(?:[\p{L}\p{N}$]*_[\p{L}\p{N}_$]*|[\p{Ll}][\p{L}\p{N}]*\p{Lu}[\p{L}\p{N}]*|\p{Lu}[\p{Ll}\p{N}]+\p{Lu}[\p{L}\p{N}]*)$/u;

const segments = (text: string): string[] =>
  text
    .replace(/\(\)$/, '')
    .split(SEPARATOR)
    .filter((part) => part !== '');

/** Whether a word of a sentence is spelled as only code spells it. */
const isSpelled = (word: string): boolean =>
  QUALIFIED.test(word) &&
  (word.endsWith('()') || SEPARATOR.test(word) || segments(word).some((part) => SPELLED.test(part)));

/** Reads a question: what it names, and the terms that it shares with code. */
export const readQuestion = (question: string): ReadQuestion => {
  const text = question.trim();
  const terms = [...new Set(codeTerms(text))];
  if (QUALIFIED.test(text)) return { kind: 'symbol', terms, identifiers: [segments(text)] };
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, name]) => name!)
    .filter((name) => QUALIFIED.test(name));
  const spelled = text
    .replace(/`[^`]*`/g, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}_$]+|[^\p{L}\p{N}_$()]+$/gu, ''))
    .filter(isSpelled);
  const identifiers = [...new Set([...quoted, ...spelled])].map(segments).filter((parts) => parts.length > 0);
  return { kind: 'sentence', terms, identifiers };
};
