export type { IndexedPairs } from '../numerics/index.js';
export { authorDocstrings, type DocstringRow } from './author-docstrings.js';
export { averageEmbedders } from './average-embedders.js';
export {
  type AverageSimilaritiesOptions,
  averageOnScale,
  averageSimilarities,
  checkTeachersOrder,
  plainMean,
  type TeacherScale,
  type TeacherScaling,
  teacherScaling,
} from './average-similarities.js';
export type { BatchOptions, BatchProgress, BatchSummary } from './batch-run.js';
export {
  type CachedChatModel,
  type CachedChatModelOptions,
  type CachedEmbedder,
  type CachedEmbedderOptions,
  cachedChatModel,
  cachedEmbedder,
} from './cached-models.js';
export type { CallRunnerOptions, HttpAttempt } from './call-runner.js';
export { type FillCacheByBatchOptions, fillCacheByBatch } from './chat-batch.js';
export {
  DOCSTRING_PROMPT_VERSION,
  type DocstringAnswer,
  type DocstringPromptOptions,
  docstringPrompt,
  type PromptFunction,
  parseDocstringAnswer,
  type ShortenedPrompt,
} from './docstring-prompt.js';
export {
  type CallEstimate,
  type EstimateOptions,
  estimateChat,
  estimateDocstrings,
  estimateEmbeddings,
} from './estimate-calls.js';
export {
  type GgufChatModel,
  type GgufChatModelOptions,
  ggufModelName,
  loadGgufChatModel,
} from './gguf-chat-model.js';
export type { HttpClientOptions } from './http-client.js';
export { type InProcessChatModelOptions, inProcessChatModel } from './in-process-chat-model.js';
export { type InProcessEmbedderOptions, inProcessEmbedder } from './in-process-embedder.js';
export {
  JUDGE_PROMPT_VERSION,
  type JudgeAnswer,
  type JudgePromptOptions,
  type JudgeQuestion,
  judgePrompt,
  parseJudgeAnswer,
} from './judge-prompt.js';
export {
  LARGEST_SIMILARITY,
  type LabelSimilaritiesOptions,
  labelSimilarities,
  type SimilarityMap,
} from './label-similarities.js';
export { type MapConcurrentlyOptions, mapConcurrently } from './map-concurrently.js';
export { endsStage, ModelError, type ModelErrorKind } from './model-error.js';
export type {
  ChatMessage,
  ChatModel,
  ChatRequest,
  ChatResponse,
  Embedder,
  EmbedOptions,
  TokenUsage,
} from './models.js';
export {
  type EmbeddingInputOptions,
  type OpenAiCompatibleOptions,
  openAiCompatible,
} from './open-ai-compatible.js';
export { type PairScorer, type ScoreSimilaritiesOptions, scoreSimilarities } from './pair-scorer.js';
export {
  createRateLimiter,
  type RateLimiter,
  type RateLimiterOptions,
  type RatePermit,
} from './rate-limiter.js';
export { createRateStore, RATE_TURN_MS, type RateLimits, type RateStore } from './rate-store.js';
export {
  cacheKey,
  type DamagedSegment,
  type DiskCache,
  openResponseCache,
  type ResponseCache,
  verifyResponseCache,
} from './response-cache.js';
export type { RetryDelayOptions } from './retry-delay.js';
export {
  createSpendBudget,
  type ModelPrices,
  type SpendAnswer,
  type SpendBudget,
  type SpendLedger,
  type SpendReservation,
} from './spend-budget.js';
export { type FileSpendLedger, openSpendLedger, verifySpendLedger } from './spend-ledger.js';
export {
  mergeTeacherMoments,
  type TeacherMoments,
  type TeacherSpread,
  teacherAgreement,
  teacherMoments,
  teacherSpreads,
} from './teacher-moments.js';
export { estimatedTokens, type TokenCounter, tokenizerCounter, truncateToTokens } from './token-counter.js';
export { type DocstringFlaw, type DocstringLimits, findDocstringFlaw } from './validate-docstring.js';
export {
  type FillVectorsByBatchOptions,
  fillVectorsByBatch,
  type TextToEmbed,
} from './vector-batch.js';
export { type EmbedToShardsOptions, embedToShards, type VectorShards } from './vector-shards.js';
export {
  type DocumentableFunction,
  docstringRequests,
  type WriteDocstringsOptions,
  writeDocstrings,
} from './write-docstrings.js';
