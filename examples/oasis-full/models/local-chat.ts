import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GgufChatModel, loadGgufChatModel, type TokenCounter } from 'oasis-embed/annotation';
import type { ModelOptions } from '../options/model-options.js';

type LocalChatOptions = Pick<ModelOptions, 'chatContext' | 'chatThreads' | 'chatGpu'>;

/** What a prompt must keep to, so that it fits a model in this process. */
export interface PromptLimits {
  readonly tokenCounter: TokenCounter;
  /** Infinity where only the service knows. */
  readonly maxPromptTokens: number;
}

/** No prompt of ours is much shorter: the instructions alone take so many tokens. */
const SHORTEST_PROMPT = 400;

const PACKAGE = 'node-llama-cpp';

/** The package of this installation, else the one installed where the command was typed. */
const loadPackage = async (): Promise<unknown> => {
  try {
    return await import(PACKAGE);
  } catch (error) {
    const here = process.env.INIT_CWD ?? process.cwd();
    let entry: string;
    try {
      entry = createRequire(join(here, 'package.json')).resolve(PACKAGE);
    } catch {
      throw error;
    }
    return import(pathToFileURL(entry).href);
  }
};

const opened = new Map<string, Promise<GgufChatModel>>();

/** The model of a GGUF file: one for all shards of this process, its weights loaded with the first question. */
export const openLocalChat = (
  file: string,
  { chatContext, chatThreads, chatGpu }: LocalChatOptions,
): Promise<GgufChatModel> => {
  const key = JSON.stringify([file, chatContext, chatThreads, chatGpu]);
  const known = opened.get(key);
  if (known !== undefined) return known;
  const model = loadGgufChatModel(file, {
    gpu: chatGpu,
    load: loadPackage,
    ...(chatContext === null ? {} : { contextTokens: chatContext }),
    ...(chatThreads === null ? {} : { threads: chatThreads }),
  });
  opened.set(key, model);
  model.catch(() => opened.delete(key));
  return model;
};

/**
 * What the prompts for answers of at most `answerTokens` must keep to.
 *
 * @throws Error naming the flag when the context has no room for them.
 */
export const localPromptLimits = (model: GgufChatModel, answerTokens: number): PromptLimits => {
  const maxPromptTokens = model.maxPromptTokens(answerTokens);
  if (maxPromptTokens < SHORTEST_PROMPT)
    throw new Error(
      `--chat-context: a context of ${model.contextTokens} tokens leaves ${Math.max(0, maxPromptTokens)} for a prompt ` +
        `beside an answer of up to ${answerTokens}: give at least ${model.contextTokens + SHORTEST_PROMPT - maxPromptTokens}`,
    );
  return { tokenCounter: model.tokenCounter, maxPromptTokens };
};

/** Frees the models of this process. */
export const closeLocalChats = async (): Promise<void> => {
  const models = [...opened.values()];
  opened.clear();
  for (const model of models) await (await model.catch(() => null))?.close();
};
