import type { ModelPrices } from 'oasis-embed/annotation';
import { choice, numeric, parsed, toggle, words } from './declaration.js';
import { chatModelFromHere, fromHere, modelFromHere } from './from-here.js';
import { modelEngineDeclarations } from './model-engine.js';
import { parametersOption, priceList, priceOption } from './model-parsers.js';
import { addressDeclarations, azureDeclarations } from './service-address.js';

/** Where docstrings come from: the authors, the authors with a model for the rest, or a model for all. */
export type DocstringSource = 'author' | 'fill' | 'llm';

/** Who judges suspects: the offline clone judge, or a chat model in one of the two readings. */
export type JudgeKind = 'clone' | 'comparative' | 'satisfies';

const count = { integer: true, minimum: 1 };
const atLeastZero = { minimum: 0 };
const aboveZero = { above: 0 };
const share = { minimum: 0, maximum: 1 };

/** Which models answer, and what they are given: some of it names the files of a stage. */
export const modelDeclarations = {
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
  ...modelEngineDeclarations,
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

/** How often and how many at a time a service is asked. */
export const requestDeclarations = {
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

/** Of a chat model in this process. */
export const localDeclarations = {
  chatThreads: numeric(
    '--chat-threads <n>',
    'of a GGUF file: cores that compute (default: all but one)',
    count,
    null,
  ),
  chatGpu: toggle('--chat-gpu', 'of a GGUF file: use a graphics processor'),
};

export const dryRunDeclarations = {
  dryRun: toggle('--dry-run', 'print calls, tokens and cost of each stage without sending anything'),
};

/** What it may cost. */
export const moneyDeclarations = {
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
