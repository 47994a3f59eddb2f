import { checkOptions, type OptionNames } from '../numerics/index.js';

/** Why a generated docstring was not accepted. */
export type DocstringFlaw =
  | 'empty'
  | 'too-short'
  | 'too-long'
  | 'not-english'
  | 'echo'
  | 'refusal'
  | 'markup';

/** Options of {@link findDocstringFlaw}. */
export interface DocstringLimits {
  /** @defaultValue 3 */
  readonly minWords?: number;
  /** @defaultValue 200 */
  readonly maxWords?: number;
  /** The largest share of the docstring's words that may be one run copied from the code. @defaultValue 0.5 */
  readonly maxEcho?: number;
  /** Accept other languages than English. @defaultValue false */
  readonly anyLanguage?: boolean;
}

const REFUSAL = /^(i['’]?m sorry|sorry,|i can(['’]t|not)\b|as an ai\b|i am unable)/i;

const COMMON = new Set(
  (
    'a an and are as at be by for from if in into is it its not of on or returns return given when whether that ' +
    'the this to with value each all using used function object array string number new sets gets'
  ).split(' '),
);

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? [];

export const DOCSTRING_LIMITS_OPTIONS: OptionNames<DocstringLimits> = {
  minWords: true,
  maxWords: true,
  maxEcho: true,
  anyLanguage: true,
};

/**
 * Says what is wrong with a docstring as a search target: empty, of the wrong length, in another language, a
 * refusal, Markdown or code instead of prose, or an echo of the code (a long run of its words, in order).
 *
 * @param docstring The text a model wrote.
 * @param code The code it was written for.
 * @returns The first flaw, or null when there is none.
 *
 * Time O(n·m) for n words of docstring and m of code.
 *
 * @example
 * ```ts
 * import { findDocstringFlaw } from 'oasis-embed/annotation';
 * console.log(findDocstringFlaw('Returns the sum of two numbers.', '(a, b) => a + b')); // null
 * console.log(findDocstringFlaw("I'm sorry, I cannot do that.", '(a, b) => a + b')); // refusal
 * ```
 */
export const findDocstringFlaw = (
  docstring: string,
  code: string,
  options: DocstringLimits = {},
): DocstringFlaw | null => {
  checkOptions('findDocstringFlaw', options, DOCSTRING_LIMITS_OPTIONS);
  const { minWords = 3, maxWords = 200, maxEcho = 0.5, anyLanguage = false } = options;
  const text = docstring.trim();
  if (text === '') return 'empty';
  if (REFUSAL.test(text)) return 'refusal';
  if (/```|^#{1,6}\s/m.test(text)) return 'markup';
  const spoken = words(text);
  if (spoken.length < minWords) return 'too-short';
  if (spoken.length > maxWords) return 'too-long';
  if (spoken.length >= 6 && longestCommonRun(spoken, words(code)) > maxEcho * spoken.length) return 'echo';
  if (!anyLanguage && !looksEnglish(text, spoken)) return 'not-english';
  return null;
};

const looksEnglish = (text: string, spoken: readonly string[]): boolean => {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/[a-z]/gi)?.length ?? 0;
  if (letters === 0 || latin / letters < 0.9) return false;
  return spoken.length < 8 || spoken.some((word) => COMMON.has(word));
};

const longestCommonRun = (a: readonly string[], b: readonly string[]): number => {
  let longest = 0;
  let previous = new Uint16Array(b.length + 1);
  for (const word of a) {
    const current = new Uint16Array(b.length + 1);
    for (let j = 0; j < b.length; j++) {
      if (b[j] === word) {
        current[j + 1] = previous[j]! + 1;
        longest = Math.max(longest, current[j + 1]!);
      }
    }
    previous = current;
  }
  return longest;
};
