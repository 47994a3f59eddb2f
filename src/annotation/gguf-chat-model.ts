import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { ggufFingerprint, readChatHeader } from './gguf-file.js';
import {
  type ChatHistoryItem,
  type ChatWrapper,
  type ContextSequence,
  type Llama,
  type LlamaModel,
  type LlamaModule,
  loadLlamaModule,
  startLlama,
} from './llama-module.js';
import { ModelError } from './model-error.js';
import type { ChatMessage, ChatModel, ChatRequest, ChatResponse } from './models.js';
import type { TokenCounter } from './token-counter.js';

/** Options of {@link loadGgufChatModel}. */
export interface GgufChatModelOptions {
  /** Tokens that a prompt and its answer share. @defaultValue those the model was trained for, at most 8192 */
  readonly contextTokens?: number;
  /** Processor cores that compute. @defaultValue all but one, at least 1 */
  readonly threads?: number;
  /** Whether a graphics processor is used where one can be. @defaultValue false */
  readonly gpu?: boolean;
  /** The longest answer to a request that sets no limit of its own. @defaultValue 1024 */
  readonly maxTokens?: number;
  /** Where the module comes from. @defaultValue `() => import('node-llama-cpp')` */
  readonly load?: () => Promise<unknown>;
}

/** A chat model from a GGUF file, in this process. */
export interface GgufChatModel extends ChatModel {
  /** Tokens that a prompt and its answer share. */
  readonly contextTokens: number;
  /** Counts by the model's own vocabulary. */
  readonly tokenCounter: TokenCounter;
  /** How long the messages of a request may be together, to leave room for an answer of `maxTokens`. */
  maxPromptTokens(maxTokens: number): number;
  /** Frees the memory, after the answer under way. */
  close(): Promise<void>;
}

const GGUF_CHAT_MODEL_OPTIONS: OptionNames<GgufChatModelOptions> = {
  contextTokens: true,
  threads: true,
  gpu: true,
  maxTokens: true,
  load: true,
};

const LARGEST_DEFAULT = 8192;
/** Tokens may join differently where texts meet. */
const MARGIN = 8;

/** A line of llama.cpp's log that names the fault; others only say that loading failed. */
const saysWhy = (line: string): boolean => line.includes('error loading model');

/** Named by a variable, so that neither types nor bundlers ask for what is optional. */
const PEER = 'node-llama-cpp';

/**
 * The name of a GGUF file's model in datasets and caches: by the file's size, its header and samples of its weights,
 * which takes milliseconds, however large it is.
 *
 * @throws Error when the file cannot be read or is no GGUF file.
 *
 * @example
 * ```ts
 * import { ggufModelName } from 'oasis-embed/annotation';
 * const reason = (() => {
 *   try {
 *     return ggufModelName('package.json');
 *   } catch (error) {
 *     return (error as Error).message;
 *   }
 * })();
 * console.log(reason.startsWith('expected a GGUF file')); // true
 * ```
 */
export const ggufModelName = (file: string): string => `gguf ${ggufFingerprint(file)}`;

/**
 * Opens a chat model from a GGUF file by llama.cpp, with the optional package `node-llama-cpp`.
 *
 * Opening reads the header and the vocabulary. The weights are loaded with the first request, so a run whose answers
 * are all cached never loads them. Requests are answered one at a time. Where a request has a `responseSchema`, a
 * grammar keeps the answer to it: only the limit of its length can leave it unfinished (`finishReason` `length`).
 * Markers of the model's chat template inside a message stay text. With temperature 0 the same request gives the same
 * answer on the same machine.
 *
 * @param file One file, or the first of several parts.
 * @returns A model to be put behind {@link inProcessChatModel} and {@link cachedChatModel}.
 * @throws Error when the file is damaged, holds an embedding model or has no chat template; with the install command
 * when `node-llama-cpp` is missing. `complete` rejects with a ModelError: kind `limit` for a prompt that does not fit
 * the context, kind `outage` where the weights cannot be loaded.
 *
 * Memory: about the size of the file, and for each token of the context 4 bytes × layers × width of keys: 0.13 MB for
 * Llama 3 8B.
 *
 * @example
 * ```ts
 * import { loadGgufChatModel } from 'oasis-embed/annotation';
 * const reason = await loadGgufChatModel('package.json').catch((error: Error) => error.message);
 * console.log(reason); // expected a GGUF file, but package.json begins with "{\n  "
 * ```
 *
 * @see inProcessChatModel
 * @see ggufModelName
 */
export const loadGgufChatModel = async (
  file: string,
  options: GgufChatModelOptions = {},
): Promise<GgufChatModel> => {
  checkOptions('loadGgufChatModel', options, GGUF_CHAT_MODEL_OPTIONS);
  const { threads = Math.max(1, availableParallelism() - 1), gpu = false, maxTokens = 1024 } = options;
  const { load = () => import(PEER) } = options;
  for (const [name, value] of Object.entries({ threads, maxTokens })) checkPositiveInteger(name, value);
  if (options.contextTokens !== undefined) checkPositiveInteger('contextTokens', options.contextTokens);
  const name = ggufModelName(file);
  const module = await loadLlamaModule(load);
  const info = await readChatHeader(module, file);
  const trained = Number(info.architectureMetadata.context_length ?? LARGEST_DEFAULT);
  const contextTokens = options.contextTokens ?? Math.min(trained, LARGEST_DEFAULT);
  if (contextTokens > trained)
    throw new RangeError(
      `contextTokens must be at most ${trained}, for which ${basename(file)} was trained, received ${contextTokens}`,
    );

  const { llama, logs } = await startLlama(module, gpu);
  /** Loads, and says in llama.cpp's words why it could not. */
  const loading = async (vocabOnly: boolean): Promise<LlamaModel> => {
    logs.length = 0;
    try {
      return await llama.loadModel({ modelPath: file, ...(vocabOnly ? { vocabOnly } : {}) });
    } catch (error) {
      // llama.cpp logs on another thread, and on a busy machine its words come after the refusal.
      for (let turn = 0; turn < 20 && !logs.some(saysWhy); turn += 1) await delay(10);
      const reason = logs.find(saysWhy) ?? logs.find((line) => line !== '') ?? (error as Error).message;
      throw new Error(`${file} could not be loaded: ${reason}`, { cause: error });
    }
  };
  const vocabulary = await loading(true);
  const wrapper = module.resolveChatWrapper(vocabulary, { warningLogs: false });
  const countPrompt = (messages: readonly ChatMessage[]): number =>
    wrapper
      .generateContextState({ chatHistory: historyOf(messages) })
      .contextText.tokenize(vocabulary.tokenizer).length;
  const frame = countPrompt([
    { role: 'system', content: 'x' },
    { role: 'user', content: 'x' },
  ]);

  const answering = createAnswering(module, llama, wrapper, { contextTokens, threads, loading });
  return {
    name,
    contextTokens,
    tokenCounter: { name: basename(file), count: (text) => vocabulary.tokenize(text).length },
    maxPromptTokens: (limit) => contextTokens - limit - frame - MARGIN,
    complete: async (request) => {
      const limit = request.maxTokens ?? maxTokens;
      const promptTokens = countPrompt(request.messages);
      if (promptTokens + limit > contextTokens)
        throw new ModelError(
          'limit',
          `a prompt of ${promptTokens} tokens and an answer of at most ${limit} do not fit a context of ${contextTokens} tokens`,
        );
      return answering.answer(request, limit, promptTokens);
    },
    close: async () => {
      await answering.close();
      await vocabulary.dispose();
    },
  };
};

const historyOf = (messages: readonly ChatMessage[]): ChatHistoryItem[] => [
  ...messages.map(
    ({ role, content }): ChatHistoryItem =>
      role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  ),
  // Where the answer goes.
  { type: 'model', response: [''] },
];

interface AnsweringOptions {
  readonly contextTokens: number;
  readonly threads: number;
  readonly loading: (vocabOnly: boolean) => Promise<LlamaModel>;
}

/** The weights, loaded with the first request, and one answer at a time. */
const createAnswering = (
  module: LlamaModule,
  llama: Llama,
  chatWrapper: ChatWrapper,
  { contextTokens, threads, loading }: AnsweringOptions,
) => {
  let opened: Promise<{ model: LlamaModel; sequence: ContextSequence }> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const grammars = new Map<string, Promise<unknown>>();

  const open = async () => {
    try {
      const model = await loading(false);
      const context = await model.createContext({ contextSize: contextTokens, sequences: 1, threads });
      return { model, sequence: context.getSequence() };
    } catch (error) {
      throw new ModelError('outage', error instanceof Error ? error.message : String(error));
    }
  };
  const grammarOf = (schema: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const key = JSON.stringify(schema);
    const grammar = grammars.get(key) ?? llama.createGrammarForJsonSchema(schema);
    grammars.set(key, grammar);
    return grammar;
  };

  const once = async (
    { messages, responseSchema, temperature = 0, seed, signal }: ChatRequest,
    maxTokens: number,
    promptTokens: number,
  ): Promise<ChatResponse> => {
    signal?.throwIfAborted();
    opened ??= open();
    const { sequence } = await opened;
    // What an earlier prompt has in common with this one could be kept, but rounding would depend on it.
    await sequence.clearHistory();
    const before = sequence.tokenMeter.usedOutputTokens;
    const chat = new module.LlamaChat({ contextSequence: sequence, chatWrapper });
    const { response, metadata } = await chat.generateResponse(historyOf(messages), {
      maxTokens,
      temperature,
      ...(seed === undefined ? {} : { seed }),
      ...(responseSchema === undefined ? {} : { grammar: await grammarOf(responseSchema.schema) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const completionTokens = sequence.tokenMeter.usedOutputTokens - before;
    return {
      text: response,
      finishReason: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
      usage: { promptTokens, completionTokens },
    };
  };

  return {
    answer: (request: ChatRequest, maxTokens: number, promptTokens: number): Promise<ChatResponse> => {
      const answer = last.then(() => once(request, maxTokens, promptTokens));
      last = answer.catch(() => {});
      return answer;
    },
    close: async () => {
      await last;
      const { model } = (await opened?.catch(() => null)) ?? { model: null };
      await model?.dispose();
    },
  };
};
