import type { CallEstimate } from 'oasis-embed/annotation';
import {
  chatJudge,
  cloneJudge,
  estimateJudging,
  type Judge,
  type JudgeContext,
  judgeRequests,
  type Suspects,
} from 'oasis-embed/refinement';
import type { ModelOptions } from '../options/model-options.js';
import type { ModelAccess } from './model-access.js';

/** A judge, and what it takes to count and to batch its questions. */
export interface SuspectJudge {
  readonly judge: Judge;
  /** Answers what can be answered beforehand, through the Batch API where the run asks for it. */
  prepare(
    suspects: Suspects,
    context: JudgeContext,
    seed: number,
    onProgress: (done: number, total: number, note: string) => void,
  ): Promise<void>;
  /** What judging would send; null where nothing is ever sent. */
  estimate(suspects: Suspects, context: JudgeContext, seed: number): Promise<CallEstimate | null>;
}

/** The judge that the options ask for. */
export const createSuspectJudge = (options: ModelOptions, access: ModelAccess | null): SuspectJudge => {
  if (options.judge === 'clone' || access === null) {
    return { judge: cloneJudge(), prepare: async () => {}, estimate: async () => null };
  }
  const service = access.chat('judge');
  const { model, prices, tokenCounter } = service;
  const settings = {
    reading: options.judge,
    votes: options.judgeVotes,
    maxCodeTokens: options.maxFunctionTokens,
    tokenCounter,
  };
  return {
    judge: chatJudge(model, settings),
    prepare: (suspects, context, seed, onProgress) =>
      service.fill(judgeRequests(suspects, context, { ...settings, seed }), onProgress),
    estimate: (suspects, context, seed) =>
      estimateJudging(suspects, context, {
        ...settings,
        seed,
        prices,
        isCached: (request) => model.has(request),
      }),
  };
};
