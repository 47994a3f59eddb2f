import { type Command, InvalidArgumentError, Option, type OptionValues } from 'commander';
import type { ModelPrices } from 'oasis-embed/annotation';
import {
  checkModelOptions,
  type DocstringSource,
  type JudgeKind,
  type ModelOptions,
  modelDefaults,
} from '../options/model-options.js';
import { numberOption } from '../options/number-option.js';
import { fromHere } from './paths.js';

const count = numberOption({ integer: true, minimum: 1 });
const atLeastZero = numberOption({ minimum: 0 });
const aboveZero = numberOption({ above: 0 });
const share = numberOption({ minimum: 0, maximum: 1 });

/** `0.15/0.6` or `0.13`: US dollars for a million tokens, in and out. */
export const priceOption = (text: string): ModelPrices => {
  const [prompt, completion, ...rest] = text
    .split('/')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const valid = (value: number) => Number.isFinite(value) && value >= 0;
  if (rest.length > 0 || !valid(prompt!) || !valid(completion ?? 0)) {
    throw new InvalidArgumentError(
      `expected dollars for a million tokens, IN or IN/OUT such as 0.15/0.6, received ${text}.`,
    );
  }
  return { promptPerMillion: prompt!, completionPerMillion: completion ?? 0 };
};

/** The address is recorded with the run, so nothing secret may stand in it. */
export const addressOption = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('expected an http or https address up to and including the version.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError(
      'expected an address without user name, password, query and fragment: a key is read from the environment variable that --api-key-env names.',
    );
  }
  return url.href.replace(/\/$/, '');
};

const variableOption = (text: string): string => {
  // Somebody who passes the key itself must not find it in run.json.
  if (!/^[A-Z_][A-Z0-9_]*$/.test(text)) {
    throw new InvalidArgumentError(
      'expected the name of an environment variable in capital letters, not a key.',
    );
  }
  return text;
};

const priceList = (text: string, previous: readonly ModelPrices[] | undefined): readonly ModelPrices[] => [
  ...(previous ?? []),
  priceOption(text),
];

/** The flags of {@link ModelOptions}, in a group of their own. */
export const addModelFlags = (command: Command): Command =>
  command
    .optionsGroup('Models:')
    .addOption(
      new Option(
        '--docstrings <source>',
        'the authors’ own; fill: a chat model writes those that are missing; llm: it writes all',
      )
        .choices(['author', 'fill', 'llm'] as const)
        .default(modelDefaults.docstrings),
    )
    .option('--chat-model <name>', 'the model that writes docstrings')
    .addOption(
      new Option(
        '--judge <kind>',
        'clone: same tree up to renaming, offline; comparative: a chat model says which of two codes answers; satisfies: whether the suspect does',
      )
        .choices(['clone', 'comparative', 'satisfies'] as const)
        .default(modelDefaults.judge),
    )
    .option('--judge-model <name>', 'the model that judges (default: the chat model)')
    .option(
      '--judge-votes <n>',
      'votes a suspect, an odd number; the majority decides',
      count,
      modelDefaults.judgeVotes,
    )
    .option(
      '--embedder <names...>',
      'local labellers: lsa, or a folder of a saved encoder or Hugging Face model (default: lsa)',
    )
    .option('--embedding-model <names...>', 'labellers behind the service; all labellers are averaged')
    .option('--embedding-dimensions <d>', 'vectors of this size, where the model can shorten them', count)
    .addOption(
      new Option('--embedding-encoding <form>', 'how vectors travel')
        .choices(['float', 'base64'] as const)
        .default(modelDefaults.embeddingEncoding),
    )
    .option('--query-prefix <text>', 'put before a docstring that is embedded')
    .option('--document-prefix <text>', 'put before a code that is embedded')
    .addOption(
      new Option('--structured-output <form>', 'how the form of an answer is asked for')
        .choices(['json_schema', 'json_object', 'none'] as const)
        .default(modelDefaults.structuredOutput),
    )
    .option(
      '--tokenizer <dir>',
      'folder with the tokenizer.json by which texts are cut and counted (default: o200k_base)',
    )
    .option(
      '--max-function-tokens <n>',
      'a function in a prompt is cut to so many',
      count,
      modelDefaults.maxFunctionTokens,
    )
    .option(
      '--max-neighbour-tokens <n>',
      'a caller or callee in a prompt is cut to so many',
      count,
      modelDefaults.maxNeighbourTokens,
    )
    .option(
      '--max-input-tokens <n>',
      'a text to embed is cut to so many',
      count,
      modelDefaults.maxInputTokens,
    )
    .optionsGroup('Service of the models (OpenAI protocol):')
    .option('--base-url <url>', 'up to and including the version', addressOption, modelDefaults.baseUrl)
    .option('--judge-base-url <url>', 'where the judge is elsewhere', addressOption)
    .option('--embedding-base-url <url>', 'where the embedding models are elsewhere', addressOption)
    .option(
      '--api-key-env <NAME>',
      'environment variable with the key (default: OPENAI_API_KEY at api.openai.com, none elsewhere)',
      variableOption,
    )
    .option('--judge-api-key-env <NAME>', 'the same for --judge-base-url', variableOption)
    .option('--embedding-api-key-env <NAME>', 'the same for --embedding-base-url', variableOption)
    .option('--timeout <seconds>', 'for one attempt at a request', aboveZero, modelDefaults.timeoutSeconds)
    .option('--attempts <n>', 'how often a request is sent at most', count, modelDefaults.attempts)
    .option('--concurrency <n>', 'requests under way at once', count, modelDefaults.concurrency)
    .option('--requests-per-minute <n>', 'a model gets no more, all threads and workers together', count)
    .option('--tokens-per-minute <n>', 'a model gets no more', aboveZero)
    .option(
      '--rate-period <seconds>',
      'the length of that minute, for services that count otherwise',
      aboveZero,
      modelDefaults.ratePeriodSeconds,
    )
    .optionsGroup('Money:')
    .option('--dry-run', 'print calls, tokens and cost of each stage; send nothing', false)
    .option('--max-usd <dollars>', 'spend no more in this run folder, earlier runs included', atLeastZero)
    .option('--chat-price <in/out>', 'dollars for a million tokens, as 0.15/0.6', priceOption)
    .option(
      '--judge-price <in/out>',
      'the same for the judge (default: the chat price for the same model)',
      priceOption,
    )
    .option('--embedding-price <in>', 'the same for the embedding models; repeat for one each', priceList)
    .option('--batch', 'docstrings, vectors and verdicts by the Batch API: cheaper, up to a day', false)
    .option('--batch-discount <share>', 'how much less a batch costs', share, modelDefaults.batchDiscount)
    .option(
      '--batch-poll <seconds>',
      'between two looks at a batch',
      aboveZero,
      modelDefaults.batchPollSeconds,
    )
    .option(
      '--max-failures <share>',
      'stop when more of the docstrings fail',
      share,
      modelDefaults.maxFailures,
    )
    .option('--model-cache <dir>', 'answers that were paid for (default: model-cache/ in the run’s folder)')
    .optionsGroup('Options:');

/** What commander makes of those flags. */
export interface ModelFlags {
  readonly docstrings: DocstringSource;
  readonly chatModel?: string;
  readonly judge: JudgeKind;
  readonly judgeModel?: string;
  readonly judgeVotes: number;
  readonly embedder?: readonly string[];
  readonly embeddingModel?: readonly string[];
  readonly embeddingDimensions?: number;
  readonly embeddingEncoding: ModelOptions['embeddingEncoding'];
  readonly queryPrefix?: string;
  readonly documentPrefix?: string;
  readonly structuredOutput: ModelOptions['structuredOutput'];
  readonly tokenizer?: string;
  readonly maxFunctionTokens: number;
  readonly maxNeighbourTokens: number;
  readonly maxInputTokens: number;
  readonly baseUrl: string;
  readonly judgeBaseUrl?: string;
  readonly embeddingBaseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly judgeApiKeyEnv?: string;
  readonly embeddingApiKeyEnv?: string;
  readonly timeout: number;
  readonly attempts: number;
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly ratePeriod: number;
  readonly chatPrice?: ModelPrices;
  readonly judgePrice?: ModelPrices;
  readonly embeddingPrice?: readonly ModelPrices[];
  readonly maxUsd?: number;
  readonly batch: boolean;
  readonly batchDiscount: number;
  readonly batchPoll: number;
  readonly maxFailures: number;
  readonly modelCache?: string;
  readonly dryRun: boolean;
}

/**
 * Takes the flags of {@link addModelFlags} out of a command's options.
 *
 * @throws Error naming a flag that the others need.
 */
export const takeModelFlags = (flags: OptionValues) => {
  const {
    docstrings,
    chatModel = null,
    judge,
    judgeModel = null,
    judgeVotes,
    embedder = [],
    embeddingModel = [],
    embeddingDimensions = null,
    embeddingEncoding,
    queryPrefix = null,
    documentPrefix = null,
    structuredOutput,
    tokenizer,
    maxFunctionTokens,
    maxNeighbourTokens,
    maxInputTokens,
    baseUrl,
    judgeBaseUrl,
    embeddingBaseUrl,
    apiKeyEnv = null,
    judgeApiKeyEnv,
    embeddingApiKeyEnv,
    timeout,
    attempts,
    concurrency,
    requestsPerMinute = null,
    tokensPerMinute = null,
    ratePeriod,
    chatPrice = null,
    judgePrice = null,
    embeddingPrice = [],
    maxUsd = null,
    batch,
    batchDiscount,
    batchPoll,
    maxFailures,
    modelCache,
    dryRun,
    ...rest
  } = flags as ModelFlags & OptionValues;
  // A key goes to the host it was named for and to no other.
  const elsewhere = (url: string | undefined, variable: string | undefined) => ({
    baseUrl: url ?? baseUrl,
    apiKeyVariable: variable ?? (url === undefined ? apiKeyEnv : null),
  });
  const models = checkModelOptions({
    docstrings,
    chatModel,
    judge,
    judgeModel,
    judgeVotes,
    embedders: embedder.map((name) => (name === 'lsa' ? name : fromHere(name))),
    embeddingModels: embeddingModel,
    embeddingDimensions,
    embeddingEncoding,
    queryPrefix,
    documentPrefix,
    chat: { baseUrl, apiKeyVariable: apiKeyEnv },
    judging: elsewhere(judgeBaseUrl, judgeApiKeyEnv),
    embedding: elsewhere(embeddingBaseUrl, embeddingApiKeyEnv),
    structuredOutput,
    tokenizer: tokenizer === undefined ? null : fromHere(tokenizer),
    maxFunctionTokens,
    maxNeighbourTokens,
    maxInputTokens,
    timeoutSeconds: timeout,
    attempts,
    concurrency,
    requestsPerMinute,
    tokensPerMinute,
    ratePeriodSeconds: ratePeriod,
    chatPrice,
    judgePrice,
    embeddingPrices: embeddingPrice,
    maxUsd,
    batch,
    batchDiscount,
    batchPollSeconds: batchPoll,
    maxFailures,
    cache: modelCache === undefined ? null : fromHere(modelCache),
  });
  return { models, dryRun, rest };
};
