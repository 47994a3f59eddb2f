import { ggufModelName, type ModelPrices } from 'oasis-embed/annotation';
import { keyedBy } from './declaration.js';
import { modelDeclarations } from './model-flags.js';
import type { ModelOptions } from './model-options.js';

/** Whether a chat model is a file that runs in this process. */
export const isLocalChat = (name: string | null): name is string => name !== null && /\.gguf$/i.test(name);

/** Which models answer, behind a service or in this process; LSA and the clone judge are none. */
export const modelsInUse = ({
  docstrings,
  judge,
  embeddingModels,
  embedders,
  crossEncoders,
}: ModelOptions) => ({
  chat: docstrings !== 'author',
  judge: judge !== 'clone',
  embedding: embeddingModels.length > 0,
  localEmbedding: embedders.some((name) => name !== 'lsa'),
  crossEncoding: crossEncoders.length > 0,
});

/** Whether docstrings, verdicts or vectors come over HTTP. */
export const servicesOf = (options: ModelOptions) => {
  const { chat, judge, embedding } = modelsInUse(options);
  return {
    chat: chat && !isLocalChat(options.chatModel),
    judge: judge && !isLocalChat(judgeModelOf(options)),
    embedding,
  };
};

/** A model in this process counts by its content, not by where it lies. */
const identityOf = (chatModel: string | null): string | null =>
  isLocalChat(chatModel) ? ggufModelName(chatModel) : chatModel;

/** The options that docstrings depend on: how fast, how dear and by which way they come is not among them. */
export const docstringSettings = (options: ModelOptions): Partial<ModelOptions> =>
  options.docstrings === 'author'
    ? { docstrings: options.docstrings }
    : { ...keyedBy(modelDeclarations, 'docstrings', options), chatModel: identityOf(options.chatModel) };

/** The options that similarities depend on. */
export const labelerSettings = (options: ModelOptions): Partial<ModelOptions> =>
  options.embeddingModels.length === 0
    ? {
        embedders: options.embedders,
        ...(options.crossEncoders.length === 0 ? {} : { crossEncoders: options.crossEncoders }),
      }
    : keyedBy(modelDeclarations, 'labels', options);

/** The options that verdicts depend on. */
export const judgeSettings = (options: ModelOptions): Partial<ModelOptions> =>
  options.judge === 'clone'
    ? { judge: options.judge }
    : { ...keyedBy(modelDeclarations, 'judge', options), judgeModel: identityOf(judgeModelOf(options)) };

export const judgeModelOf = ({ judgeModel, chatModel }: ModelOptions): string | null =>
  judgeModel ?? chatModel;

export const judgePriceOf = (options: ModelOptions): ModelPrices | null =>
  options.judgePrice ?? (judgeModelOf(options) === options.chatModel ? options.chatPrice : null);

/** The price of embedding model `i`. */
export const embeddingPriceOf = ({ embeddingPrices }: ModelOptions, i: number): ModelPrices | null =>
  embeddingPrices.length === 1 ? embeddingPrices[0]! : (embeddingPrices[i] ?? null);
