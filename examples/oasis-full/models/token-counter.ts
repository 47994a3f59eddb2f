import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { type TokenCounter, tokenizerCounter } from 'oasis-embed/annotation';

/** Code may spell out a model's special tokens: they are text here, and count as such. */
const asText = { disallowedSpecial: new Set<string>() };

/**
 * Counts tokens as the model does: by the tokenizer.json of a folder, or by OpenAI's own encodings (cl100k_base for
 * its embedding models, o200k_base for everything else).
 */
export const openTokenCounter = (folder: string | null, model: string | null): TokenCounter => {
  if (folder !== null) {
    const path = join(folder, 'tokenizer.json');
    const read = (name: string): object => {
      try {
        return JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
      } catch (error) {
        if (name === 'tokenizer_config.json') return {};
        throw new Error(
          `--tokenizer: expected a folder with tokenizer.json, but ${path}: ${(error as Error).message}`,
        );
      }
    };
    return tokenizerCounter(new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json')), path);
  }
  return model?.startsWith('text-embedding-') === true
    ? { name: 'cl100k_base', count: (text) => countCl100k(text, asText) }
    : { name: 'o200k_base', count: (text) => countO200k(text, asText) };
};
