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
import { countShortened } from './shortened-prompts.js';

/** The longest verdict. */
const VERDICT_TOKENS = 64;

/** A judge, and what it takes to count and to batch its questions. */
export interface SuspectJudge {
  readonly judge: Judge;
  /** Says what prompts had to go without. */
  report(line: (text: string) => void): void;
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
export const createSuspectJudge = async (
  options: ModelOptions,
  access: ModelAccess | null,
): Promise<SuspectJudge> => {
  if (options.judge === 'clone' || access === null) {
    return { judge: cloneJudge(), report: () => {}, prepare: async () => {}, estimate: async () => null };
  }
  const service = access.chat('judge');
  const { model, prices } = service;
  const limits = await service.limits(VERDICT_TOKENS);
  const shortened = countShortened();
  let asked = 0;
  const settings = {
    reading: options.judge,
    votes: options.judgeVotes,
    maxCodeTokens: options.maxFunctionTokens,
    ...limits,
  };
  const judge = chatJudge(model, { ...settings, onShortened: shortened.add });
  const counted: Judge = {
    name: judge.name,
    decide: (judgeCase, how) => {
      asked += options.judgeVotes;
      return judge.decide(judgeCase, how);
    },
  };
  return {
    judge: counted,
    report: (line) => shortened.say(line, asked, limits.maxPromptTokens),
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
