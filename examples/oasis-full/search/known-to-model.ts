import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subtokens } from 'oasis-embed/syntax';

/** The words of a model's vocabulary, read when a question holds none of the index's. */
const vocabularies = new Map<string, ReadonlySet<string>>();

/** What a token stands for, without the marks of a word's beginning. */
const wordOf = (token: string): string => token.replace(/^[Ġ▁]/, '').toLowerCase();

const readVocabulary = (folder: string): ReadonlySet<string> => {
  const own = join(folder, 'vocabulary.json');
  if (existsSync(own)) {
    const { terms } = JSON.parse(readFileSync(own, 'utf8')) as { readonly terms: readonly string[] };
    return new Set(terms);
  }
  const path = join(folder, 'tokenizer.json');
  if (!existsSync(path)) return new Set();
  const { model } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly model?: {
      readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    };
  };
  const vocabulary = model?.vocab ?? {};
  const tokens = Array.isArray(vocabulary)
    ? vocabulary.map(([token]) => token as string)
    : Object.keys(vocabulary);
  return new Set(tokens.map(wordOf));
};

const LEAST_LETTERS = 3;

/** Whether a model's vocabulary holds a word of the question whole: pieces of words have a vector too, but say nothing. */
export const knownToModel = (folder: string, question: string): boolean => {
  let vocabulary = vocabularies.get(folder);
  if (vocabulary === undefined) {
    vocabulary = readVocabulary(folder);
    vocabularies.set(folder, vocabulary);
  }
  return subtokens(question).some((word) => word.length >= LEAST_LETTERS && vocabulary!.has(word));
};
