import {
  type CallEstimate,
  type ChatRequest,
  type EstimateOptions,
  estimateChat,
} from '../annotation/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { type ChatJudgeOptions, voteRequest } from './chat-judge.js';
import type { Suspects } from './find-suspects.js';
import { type JudgeContext, judgeCases } from './judge-suspects.js';

/** Options of {@link estimateJudging}. */
export interface EstimateJudgingOptions extends ChatJudgeOptions, EstimateOptions {
  /** The seed `judgeSuspects` will be given: a cache knows an answer by the order of the codes. @defaultValue 0 */
  readonly seed?: number;
  /** Such as `has` of `cachedChatModel`. */
  readonly isCached?: (request: ChatRequest) => Promise<boolean>;
}

const ESTIMATE_JUDGING_OPTIONS: OptionNames<EstimateJudgingOptions> = {
  seed: true,
  isCached: true,
  reading: true,
  votes: true,
  retries: true,
  temperature: true,
  maxCodeTokens: true,
  maxPromptTokens: true,
  onShortened: true,
  tokenCounter: true,
  prices: true,
};

/**
 * Counts what judging suspects with `chatJudge` and the same options would send: every vote of every distinct
 * case, without retries of unreadable answers.
 *
 * @param suspects From `findSuspects`.
 * @param context As for `judgeSuspects`.
 * @returns Calls, tokens and, with prices, the most it may cost.
 *
 * @example
 * ```ts
 * import { estimateJudging, findSuspects } from 'oasis-embed/refinement';
 * const pairs = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.7], positive: [1, 0] };
 * const context = { pairs, queries: ['add'], documents: ['a + b', 'x + y'] };
 * const { calls } = await estimateJudging(findSuspects(pairs), context, { votes: 3 });
 * console.log(calls); // 3
 * ```
 */
export const estimateJudging = (
  suspects: Suspects,
  context: JudgeContext,
  options: EstimateJudgingOptions = {},
): Promise<CallEstimate> => {
  checkOptions('estimateJudging', options, ESTIMATE_JUDGING_OPTIONS);
  const { prices, isCached, ...judging } = options;
  return estimateChat(judgeRequests(suspects, context, judging), {
    ...(prices === undefined ? {} : { prices }),
    ...(isCached === undefined ? {} : { isCached }),
    ...(options.tokenCounter === undefined ? {} : { tokenCounter: options.tokenCounter }),
  });
};

const JUDGE_REQUESTS_OPTIONS: OptionNames<ChatJudgeOptions & { readonly seed?: number }> = {
  reading: true,
  votes: true,
  retries: true,
  temperature: true,
  maxCodeTokens: true,
  maxPromptTokens: true,
  onShortened: true,
  tokenCounter: true,
  seed: true,
};

/**
 * The requests that judging suspects with `chatJudge` and the same options sends at most: for
 * `fillCacheByBatch` and for estimates.
 *
 * @example
 * ```ts
 * import { findSuspects, judgeRequests } from 'oasis-embed/refinement';
 * const pairs = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.7], positive: [1, 0] };
 * const context = { pairs, queries: ['add'], documents: ['a + b', 'x + y'] };
 * console.log([...judgeRequests(findSuspects(pairs), context)].length); // 1
 * ```
 */
export function* judgeRequests(
  suspects: Suspects,
  context: JudgeContext,
  options: ChatJudgeOptions & { readonly seed?: number } = {},
): Generator<ChatRequest> {
  checkOptions('judgeRequests', options, JUDGE_REQUESTS_OPTIONS);
  const { votes = 1, seed = 0 } = options;
  for (const judgeCase of judgeCases(suspects, context).cases) {
    for (let number = 0; number < votes; number++) {
      const asked = voteRequest(judgeCase, { number, attempt: 0, seed }, options);
      if (asked !== null) yield asked.request;
    }
  }
}
