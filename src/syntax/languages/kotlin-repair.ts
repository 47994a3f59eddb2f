import { filled } from './blanked.js';

/** A primary constructor on a line of its own. */
const CONSTRUCTOR =
  /\bclass\s+[\w`]+(?:\s*<[^<>{}()]*>)?((?:\s+(?:@\w+|public|private|protected|internal|actual|expect))*\s+constructor)(?=\s*\()/g;

/** Words that are keywords in some places only, here names of variables. */
const NAMES =
  /\b(final|open|inner|data|value|actual|expect|sealed|inline|external|internal)(?=[ \t]*(?:[-+*/]?=(?!=)|[)\],.;]))/g;

/** Kotlin in a form that the grammar reads: without what stands before `constructor`, and without names that may be keywords. */
export const repairKotlin = (source: string): string =>
  source
    .replace(
      CONSTRUCTOR,
      (all, words: string) => all.slice(0, all.length - words.length) + filled('', words.length),
    )
    .replace(NAMES, (name) => `${name.slice(0, -1)}_`);
