import type { ModelPrices } from 'oasis-embed/annotation';

/** Where docstrings come from: the authors, the authors with a model for the rest, or a model for all. */
export type DocstringSource = 'author' | 'fill' | 'llm';

/** Who judges suspects: the offline clone judge, or a chat model in one of the two readings. */
export type JudgeKind = 'clone' | 'comparative' | 'satisfies';

/** An address that speaks the OpenAI protocol, and the environment variable that holds its key. */
export interface ServiceAddress {
  readonly baseUrl: string;
  /** Null for none, or OPENAI_API_KEY at api.openai.com; the key itself is in no option. */
  readonly apiKeyVariable: string | null;
}

/** The models of a run and how they are reached. Without any, everything is done offline. */
export interface ModelOptions {
  readonly docstrings: DocstringSource;
  readonly chatModel: string | null;
  readonly judge: JudgeKind;
  /** Null for the chat model. */
  readonly judgeModel: string | null;
  /** Votes a suspect; the majority decides. */
  readonly judgeVotes: number;
  /** Local labellers: `lsa`, or a folder with a saved encoder. Averaged with the embedding models. */
  readonly embedders: readonly string[];
  readonly embeddingModels: readonly string[];
  readonly embeddingDimensions: number | null;
  readonly embeddingEncoding: 'float' | 'base64';
  readonly queryPrefix: string | null;
  readonly documentPrefix: string | null;
  readonly chat: ServiceAddress;
  readonly judging: ServiceAddress;
  readonly embedding: ServiceAddress;
  readonly structuredOutput: 'json_schema' | 'json_object' | 'none';
  /** A folder with tokenizer.json, by which prompts are cut; null for o200k_base. */
  readonly tokenizer: string | null;
  readonly maxFunctionTokens: number;
  readonly maxNeighbourTokens: number;
  readonly maxInputTokens: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly concurrency: number;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  /** What counts as a minute in both. */
  readonly ratePeriodSeconds: number;
  readonly chatPrice: ModelPrices | null;
  /** Null for the chat price where the judge is the chat model. */
  readonly judgePrice: ModelPrices | null;
  /** One for each embedding model, or one for all. */
  readonly embeddingPrices: readonly ModelPrices[];
  readonly maxUsd: number | null;
  /** Docstrings, vectors and verdicts by the Batch API. */
  readonly batch: boolean;
  /** The share that the Batch API costs less. */
  readonly batchDiscount: number;
  readonly batchPollSeconds: number;
  /** The share of docstrings that may fail before the run stops. */
  readonly maxFailures: number;
  /** Answers that were paid for, and the ledger; null for a folder in the run's. */
  readonly cache: string | null;
}

export const modelDefaults = {
  docstrings: 'author',
  judge: 'clone',
  judgeVotes: 1,
  embeddingEncoding: 'float',
  baseUrl: 'https://api.openai.com/v1',
  structuredOutput: 'json_schema',
  maxFunctionTokens: 3000,
  maxNeighbourTokens: 400,
  maxInputTokens: 8191,
  timeoutSeconds: 60,
  attempts: 6,
  concurrency: 8,
  ratePeriodSeconds: 60,
  batchDiscount: 0.5,
  batchPollSeconds: 30,
  maxFailures: 0.2,
} as const;

const noService: ServiceAddress = { baseUrl: modelDefaults.baseUrl, apiKeyVariable: null };

const { baseUrl: _, ...settings } = modelDefaults;

/** No model but those that need no service. */
export const offlineModels: ModelOptions = {
  ...settings,
  chatModel: null,
  judgeModel: null,
  embedders: [],
  embeddingModels: [],
  embeddingDimensions: null,
  queryPrefix: null,
  documentPrefix: null,
  chat: noService,
  judging: noService,
  embedding: noService,
  tokenizer: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  chatPrice: null,
  judgePrice: null,
  embeddingPrices: [],
  maxUsd: null,
  batch: false,
  cache: null,
};

/** Whether docstrings, verdicts or vectors come over HTTP. */
export const servicesOf = ({ docstrings, judge, embeddingModels }: ModelOptions) => ({
  chat: docstrings !== 'author',
  judge: judge !== 'clone',
  embedding: embeddingModels.length > 0,
});

/** The options that docstrings depend on: how fast, how dear and by which way they come is not among them. */
export const docstringSettings = (options: ModelOptions) => {
  const { docstrings, chatModel, structuredOutput, tokenizer, maxFunctionTokens, maxNeighbourTokens } =
    options;
  return docstrings === 'author'
    ? { docstrings }
    : { docstrings, chatModel, structuredOutput, tokenizer, maxFunctionTokens, maxNeighbourTokens };
};

/** The options that similarities depend on. */
export const labellerSettings = (options: ModelOptions) => {
  const { embedders, embeddingModels } = options;
  const { embeddingDimensions, queryPrefix, documentPrefix, maxInputTokens } = options;
  return embeddingModels.length === 0
    ? { embedders }
    : { embedders, embeddingModels, embeddingDimensions, queryPrefix, documentPrefix, maxInputTokens };
};

/** The options that verdicts depend on. */
export const judgeSettings = (options: ModelOptions) => {
  const { judge, judgeVotes, structuredOutput, tokenizer, maxFunctionTokens } = options;
  return judge === 'clone'
    ? { judge }
    : {
        judge,
        judgeModel: judgeModelOf(options),
        judgeVotes,
        structuredOutput,
        tokenizer,
        maxFunctionTokens,
      };
};

export const judgeModelOf = ({ judgeModel, chatModel }: ModelOptions): string | null =>
  judgeModel ?? chatModel;

export const judgePriceOf = (options: ModelOptions): ModelPrices | null =>
  options.judgePrice ?? (judgeModelOf(options) === options.chatModel ? options.chatPrice : null);

/** The price of embedding model `i`. */
export const embeddingPriceOf = ({ embeddingPrices }: ModelOptions, i: number): ModelPrices | null =>
  embeddingPrices.length === 1 ? embeddingPrices[0]! : (embeddingPrices[i] ?? null);

/**
 * Checks what no single flag can: that every model that is asked for is named and, under a limit of money, priced.
 *
 * @throws Error naming the flag that is missing.
 */
export const checkModelOptions = (options: ModelOptions): ModelOptions => {
  const uses = servicesOf(options);
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
    if (uses.chat && options.chatPrice === null) throw missing('--chat-price', '--max-usd');
    if (uses.judge && judgePriceOf(options) === null) throw missing('--judge-price', '--max-usd');
    if (uses.embedding && embeddingPrices.length === 0) throw missing('--embedding-price', '--max-usd');
  }
  return options;
};
