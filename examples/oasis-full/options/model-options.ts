import type { Command } from 'commander';
import { ggufModelName, type ModelPrices } from 'oasis-embed/annotation';
import type { EngineRequest } from 'oasis-embed/training';
import {
  choice,
  defaultsOf,
  keyedBy,
  numeric,
  parsed,
  readOptions,
  toggle,
  type ValuesOf,
  words,
} from './declaration.js';
import { chatModelFromHere, fromHere, modelFromHere } from './from-here.js';
import { addressOption, parametersOption, priceList, priceOption, variableOption } from './model-parsers.js';

/** Where docstrings come from: the authors, the authors with a model for the rest, or a model for all. */
export type DocstringSource = 'author' | 'fill' | 'llm';

/** Who judges suspects: the offline clone judge, or a chat model in one of the two readings. */
export type JudgeKind = 'clone' | 'comparative' | 'satisfies';

/** An address that speaks the OpenAI protocol, and the environment variable that holds its key. */
export interface ServiceAddress {
  readonly baseUrl: string;
  /** Null for none, or OPENAI_API_KEY at api.openai.com; the key itself is in no option. */
  readonly apiKeyVariable: string | null;
  /** Azure's: the version in each address, and the key in a header of its own. */
  readonly apiVersion: string | null;
  readonly apiKeyHeader: boolean;
}

const count = { integer: true, minimum: 1 };
const atLeastZero = { minimum: 0 };
const aboveZero = { above: 0 };
const share = { minimum: 0, maximum: 1 };

/** Part of no key: every engine gives the same vectors, to rounding. */
export const modelEngine = choice<EngineRequest>(
  '--model-engine <name>',
  'what runs pretrained transformers: onnx (with onnxruntime-node), tfjs, or auto for the faster one that can',
  ['auto', 'onnx', 'tfjs'],
  'auto',
);

const modelDeclarations = {
  docstrings: choice<DocstringSource>(
    '--docstrings <source>',
    'author: the authors’ own; fill: a chat model writes the missing ones; llm: it writes all',
    ['author', 'fill', 'llm'],
    'author',
    { keys: ['docstrings'] },
  ),
  chatModel: words<string | null>(
    '--chat-model <name>',
    'the model that writes docstrings: its name at the service, or a GGUF file to run in this process',
    null,
    { keys: ['docstrings'], convert: chatModelFromHere },
  ),
  judge: choice<JudgeKind>(
    '--judge <kind>',
    'clone: same tree up to renaming, offline; comparative: a chat model says which of two codes answers; satisfies: whether the suspect does',
    ['clone', 'comparative', 'satisfies'],
    'clone',
    { keys: ['judge'] },
  ),
  judgeModel: words<string | null>(
    '--judge-model <name>',
    'the model that judges, likewise (default: the chat model)',
    null,
    { keys: ['judge'], convert: chatModelFromHere },
  ),
  judgeVotes: numeric(
    '--judge-votes <n>',
    'votes per suspect, an odd number; the majority decides',
    count,
    1,
    {
      keys: ['judge'],
    },
  ),
  embedders: words<readonly string[]>(
    '--embedder <names...>',
    'local labelers: lsa, a folder of a saved encoder or Hugging Face model, an ONNX file in one, or owner/name on the hub (default: lsa)',
    [],
    {
      keys: ['labels'],
      convert: (names: readonly string[]) =>
        names.map((name) => (name === 'lsa' ? name : modelFromHere(name))),
    },
  ),
  crossEncoders: words<readonly string[]>(
    '--teacher-cross-encoder <names...>',
    'cross-encoders that label pairs: folders of a sequence classifier with one label, or owner/name on the hub; averaged with the others',
    [],
    { keys: ['labels'], convert: (names: readonly string[]) => names.map(modelFromHere) },
  ),
  engine: modelEngine,
  embeddingModels: words<readonly string[]>(
    '--embedding-model <names...>',
    'labelers behind the service; all labelers are averaged',
    [],
    { keys: ['labels'] },
  ),
  embeddingDimensions: numeric(
    '--embedding-dimensions <d>',
    'vectors of this size, where the model can shorten them',
    count,
    null,
    { keys: ['labels'] },
  ),
  embeddingEncoding: choice(
    '--embedding-encoding <form>',
    'how vectors are transferred',
    ['float', 'base64'],
    'float',
  ),
  queryPrefix: words('--query-prefix <text>', 'text placed before each docstring to embed', null, {
    keys: ['labels'],
  }),
  documentPrefix: words('--document-prefix <text>', 'text placed before each code to embed', null, {
    keys: ['labels'],
  }),
  structuredOutput: choice(
    '--structured-output <form>',
    'how structured answers are requested',
    ['json_schema', 'json_object', 'none'],
    'json_schema',
    { keys: ['docstrings', 'judge'] },
  ),
  chatParameters: parsed<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>(
    '--chat-parameters <json>',
    'further fields of each chat request, such as {"reasoning_effort":"low"}; null leaves a field out',
    parametersOption,
    {},
    { keys: ['docstrings', 'judge'] },
  ),
  tokenizer: words<string | null>(
    '--tokenizer <dir>',
    'folder with the tokenizer.json used to cut and count texts (default: o200k_base)',
    null,
    { keys: ['docstrings', 'judge'], convert: fromHere },
  ),
  maxFunctionTokens: numeric(
    '--max-function-tokens <n>',
    'maximum tokens of a function in a prompt',
    count,
    3000,
    { keys: ['docstrings', 'judge'] },
  ),
  maxNeighborTokens: numeric(
    '--max-neighbor-tokens <n>',
    'maximum tokens of a caller or callee in a prompt',
    count,
    400,
    { keys: ['docstrings'] },
  ),
  chatContext: numeric(
    '--chat-context <tokens>',
    'of a GGUF file: tokens that a prompt and its answer share (default: those it was trained for, at most 8192)',
    count,
    null,
    { keys: ['docstrings', 'judge'] },
  ),
  maxInputTokens: numeric('--max-input-tokens <n>', 'maximum tokens of a text to embed', count, 8191, {
    keys: ['labels'],
  }),
};

/** Addresses and keys, of which {@link ModelOptions} has one {@link ServiceAddress} for each role. */
const addressDeclarations = {
  baseUrl: parsed<string, string>(
    '--base-url <url>',
    'address of the service, up to and including the version',
    addressOption,
    'https://api.openai.com/v1',
  ),
  judgeBaseUrl: parsed('--judge-base-url <url>', 'address for the judge, if different', addressOption, null),
  embeddingBaseUrl: parsed(
    '--embedding-base-url <url>',
    'address for the embedding models, if different',
    addressOption,
    null,
  ),
  apiKeyEnv: parsed(
    '--api-key-env <NAME>',
    'environment variable with the key (default: OPENAI_API_KEY at api.openai.com, none elsewhere)',
    variableOption,
    null,
  ),
  judgeApiKeyEnv: parsed('--judge-api-key-env <NAME>', 'the same for --judge-base-url', variableOption, null),
  embeddingApiKeyEnv: parsed(
    '--embedding-api-key-env <NAME>',
    'the same for --embedding-base-url',
    variableOption,
    null,
  ),
};

const azureDeclarations = {
  apiVersion: words('--api-version <version>', 'sent as api-version in the address, as Azure wants it', null),
  apiKeyHeader: toggle('--api-key-header', 'send the key in the header api-key, as Azure wants it'),
};

const requestDeclarations = {
  embeddingBatch: numeric(
    '--embedding-batch <n>',
    'texts per embedding request; halved where the service finds it too large',
    { ...count, maximum: 2048 },
    256,
  ),
  timeoutSeconds: numeric(
    '--timeout <seconds>',
    'time limit per attempt (default: 60 for a service, none for a model in this process)',
    aboveZero,
    null,
  ),
  attempts: numeric('--attempts <n>', 'maximum attempts per request', count, 6),
  concurrency: numeric('--concurrency <n>', 'concurrent requests', count, 8),
  requestsPerMinute: numeric(
    '--requests-per-minute <n>',
    'limit per model, over all threads and workers',
    count,
    null,
  ),
  tokensPerMinute: numeric('--tokens-per-minute <n>', 'limit per model', aboveZero, null),
  ratePeriodSeconds: numeric(
    '--rate-period <seconds>',
    'length of that minute, for services that count differently',
    aboveZero,
    60,
  ),
};

const localDeclarations = {
  chatThreads: numeric(
    '--chat-threads <n>',
    'of a GGUF file: cores that compute (default: all but one)',
    count,
    null,
  ),
  chatGpu: toggle('--chat-gpu', 'of a GGUF file: use a graphics processor'),
};

const dryRunDeclarations = {
  dryRun: toggle('--dry-run', 'print calls, tokens and cost of each stage without sending anything'),
};

const moneyDeclarations = {
  maxUsd: numeric(
    '--max-usd <dollars>',
    'spending limit for this run folder, earlier runs included',
    atLeastZero,
    null,
  ),
  chatPrice: parsed(
    '--chat-price <in/out>',
    'dollars per million tokens, such as 0.15/0.6',
    priceOption,
    null,
  ),
  judgePrice: parsed(
    '--judge-price <in/out>',
    'the same for the judge (default: the chat price for the same model)',
    priceOption,
    null,
  ),
  embeddingPrices: parsed<readonly ModelPrices[], readonly ModelPrices[]>(
    '--embedding-price <in>',
    'the same for the embedding models; repeat it for one price each',
    priceList,
    [],
  ),
  batch: toggle(
    '--batch',
    'use the Batch API for docstrings, vectors and verdicts: cheaper, takes up to a day',
  ),
  batchDiscount: numeric('--batch-discount <share>', 'discount of the Batch API', share, 0.5),
  batchPollSeconds: numeric('--batch-poll <seconds>', 'interval between checks of a batch', aboveZero, 30),
  maxFailures: numeric(
    '--max-failures <share>',
    'stop when a larger share of the docstrings fails',
    share,
    0.2,
  ),
  cache: words<string | null>(
    '--model-cache <dir>',
    'folder of paid answers (default: model-cache/ in the run’s folder)',
    null,
    { convert: fromHere },
  ),
};

/** The flags of models, by the headings of the help. */
export const modelHeadings = {
  'Models:': { ...modelDeclarations, ...localDeclarations },
  'Service of the models (OpenAI protocol):': {
    ...addressDeclarations,
    ...azureDeclarations,
    ...requestDeclarations,
  },
  'Money:': { ...dryRunDeclarations, ...moneyDeclarations },
} as const;

/** The models of a run and how they are reached. Without any, everything is done offline. */
export interface ModelOptions
  extends ValuesOf<typeof modelDeclarations>,
    ValuesOf<typeof localDeclarations>,
    ValuesOf<typeof requestDeclarations>,
    ValuesOf<typeof moneyDeclarations> {
  readonly chat: ServiceAddress;
  readonly judging: ServiceAddress;
  readonly embedding: ServiceAddress;
}

const servicesAt = ({
  baseUrl,
  apiKeyEnv,
  judgeBaseUrl,
  judgeApiKeyEnv,
  embeddingBaseUrl,
  embeddingApiKeyEnv,
  apiVersion,
  apiKeyHeader,
}: ValuesOf<typeof addressDeclarations & typeof azureDeclarations>) => {
  // A key is sent only to the host it was named for.
  const elsewhere = (url: string | null, variable: string | null): ServiceAddress => ({
    baseUrl: url ?? baseUrl,
    apiKeyVariable: variable ?? (url === null ? apiKeyEnv : null),
    apiVersion: url === null ? apiVersion : null,
    apiKeyHeader: url === null && apiKeyHeader,
  });
  return {
    chat: { baseUrl, apiKeyVariable: apiKeyEnv, apiVersion, apiKeyHeader },
    judging: elsewhere(judgeBaseUrl, judgeApiKeyEnv),
    embedding: elsewhere(embeddingBaseUrl, embeddingApiKeyEnv),
  };
};

/** No model but those that need no service. */
export const offlineModels: ModelOptions = {
  ...defaultsOf(modelDeclarations),
  ...servicesAt({ ...defaultsOf(addressDeclarations), ...defaultsOf(azureDeclarations) }),
  ...defaultsOf(localDeclarations),
  ...defaultsOf(requestDeclarations),
  ...defaultsOf(moneyDeclarations),
};

/**
 * The models that a command line asks for.
 *
 * @throws Error naming a flag that the others need.
 */
export const readModelOptions = (command: Command): ModelOptions =>
  checkModelOptions({
    ...readOptions(command, modelDeclarations),
    ...servicesAt({
      ...readOptions(command, addressDeclarations),
      ...readOptions(command, azureDeclarations),
    }),
    ...readOptions(command, localDeclarations),
    ...readOptions(command, requestDeclarations),
    ...readOptions(command, moneyDeclarations),
  });

export const isDryRun = (command: Command): boolean => readOptions(command, dryRunDeclarations).dryRun;

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

/**
 * Checks what depends on several flags: that every model in use is named and, under a spending limit, has a price.
 *
 * @throws Error naming the flag that is missing.
 */
export const checkModelOptions = (options: ModelOptions): ModelOptions => {
  const uses = modelsInUse(options);
  const services = servicesOf(options);
  const { chatModel, embeddingModels, embeddingPrices, maxUsd, judgeVotes } = options;
  const missing = (flag: string, because: string) => new Error(`${flag} is missing: ${because} needs it`);
  if (uses.chat && chatModel === null) throw missing('--chat-model', `--docstrings ${options.docstrings}`);
  if (uses.judge && judgeModelOf(options) === null) {
    throw missing('--judge-model (or --chat-model)', `--judge ${options.judge}`);
  }
  if (judgeVotes % 2 === 0) throw new Error(`--judge-votes must be odd, received ${judgeVotes}`);
  if (embeddingPrices.length > 1 && embeddingPrices.length !== embeddingModels.length) {
    throw new Error(
      `--embedding-price takes one price for all, or one for each of ${embeddingModels.length} embedding models; ` +
        `received ${embeddingPrices.length}`,
    );
  }
  if (maxUsd !== null) {
    if (services.chat && options.chatPrice === null) throw missing('--chat-price', '--max-usd');
    if (services.judge && judgePriceOf(options) === null) throw missing('--judge-price', '--max-usd');
    if (uses.embedding && embeddingPrices.length === 0) throw missing('--embedding-price', '--max-usd');
  }
  return options;
};
