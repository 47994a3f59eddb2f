import {
  type ChatModel,
  type ChatRequest,
  type ChatResponse,
  type JudgeAnswer,
  type JudgePromptOptions,
  type JudgeQuestion,
  judgePrompt,
  parseJudgeAnswer,
} from '../annotation/index.js';
import { checkOptions, createRandom, type OptionNames } from '../numerics/index.js';
import type { Judge, JudgeCase, JudgeOutcome, JudgeVerdict } from './judge.js';

/** Options of {@link chatJudge}. */
export interface ChatJudgeOptions extends Omit<JudgePromptOptions, 'seed'> {
  /**
   * `comparative` asks which of two codes precisely answers the query, in an order drawn at random;
   * `satisfies` asks whether the candidate does. @defaultValue 'comparative'
   */
  readonly reading?: JudgeQuestion['reading'];
  /** How many votes are taken; the majority of the valid ones decides. An odd number. @defaultValue 1 */
  readonly votes?: number;
  /** How often an answer that cannot be read is asked for again. @defaultValue 1 */
  readonly retries?: number;
  /** @defaultValue 0 for one vote, 0.7 for several */
  readonly temperature?: number;
}

const CHAT_JUDGE_OPTIONS: OptionNames<ChatJudgeOptions> = {
  reading: true,
  votes: true,
  retries: true,
  temperature: true,
  maxCodeTokens: true,
  maxPromptTokens: true,
  onShortened: true,
  tokenCounter: true,
};

/**
 * A judge that asks a chat model the paper's question: which code precisely answers the query?
 *
 * The order of the two codes is drawn for each case and vote from the seed and the texts alone, so it depends
 * neither on the order of the cases nor on concurrency. A refusal or an answer outside the schema is requested
 * once more and then counts as no vote. Without a valid vote, or with a tie, the case is `invalid`.
 *
 * @param model Any chat model.
 * @throws RangeError when `votes` is not an odd whole number.
 *
 * @example
 * ```ts
 * import type { ChatModel } from 'oasis-embed/annotation';
 * import { chatJudge } from 'oasis-embed/refinement';
 * const model: ChatModel = {
 *   name: 'agreeable',
 *   complete: async () => ({ text: '{"answer":"yes"}', finishReason: 'stop', usage: null }),
 * };
 * const judge = chatJudge(model, { reading: 'satisfies' });
 * const code = '(a, b) => a + b';
 * const languages = { positiveLanguage: null, candidateLanguage: null, treeRatio: Number.NaN };
 * const verdict = await judge.decide({ query: 'add', positive: null, candidate: code, ...languages }, { seed: 0 });
 * console.log(verdict.outcome); // raise
 * ```
 */
export const chatJudge = (model: ChatModel, options: ChatJudgeOptions = {}): Judge => {
  checkOptions('chatJudge', options, CHAT_JUDGE_OPTIONS);
  const { reading = 'comparative', votes = 1, retries = 1 } = options;
  if (!(Number.isInteger(votes) && votes > 0 && votes % 2 === 1)) {
    throw new RangeError(`votes must be an odd whole number above 0, received ${votes}`);
  }

  const vote = async (
    judgeCase: JudgeCase,
    number: number,
    seed: number,
    signal: AbortSignal | undefined,
  ): Promise<JudgeVerdict> => {
    let note = '';
    for (let attempt = 0; attempt <= retries; attempt++) {
      const asked = voteRequest(judgeCase, { number, attempt, seed }, options);
      if (asked === null) return { outcome: 'invalid', note: 'the query has no positive to compare with' };
      const response = await model.complete({
        ...asked.request,
        ...(signal === undefined ? {} : { signal }),
      });
      const answer = answerOf(response, reading);
      if (answer !== null) return { outcome: answer === asked.raises ? 'raise' : 'keep', note: null };
      note = rejectVerdict(response, reading) ?? '';
    }
    return { outcome: 'invalid', note };
  };

  return {
    name: `${model.name} (${reading}, ${votes} ${votes === 1 ? 'vote' : 'votes'})`,
    decide: async (judgeCase, { seed, signal }) => {
      const cast: JudgeVerdict[] = [];
      const count = (outcome: JudgeOutcome) => cast.filter((verdict) => verdict.outcome === outcome).length;
      for (let number = 0; number < votes; number++) {
        cast.push(await vote(judgeCase, number, seed, signal));
        if (Math.max(count('raise'), count('keep')) > votes / 2) break;
      }
      const [raise, keep] = [count('raise'), count('keep')];
      if (raise === keep) {
        return {
          outcome: 'invalid',
          note: cast.find(({ note }) => note !== null)?.note ?? 'the votes are tied',
        };
      }
      return {
        outcome: raise > keep ? 'raise' : 'keep',
        note: votes === 1 ? null : `${raise} votes for the candidate, ${keep} for the positive`,
      };
    },
  };
};

const answerOf = (
  { text, finishReason }: ChatResponse,
  reading: JudgeQuestion['reading'],
): JudgeAnswer | null => (finishReason === 'refusal' ? null : parseJudgeAnswer(text, reading));

/** Why an answer is no verdict, or null. */
const rejectVerdict = (response: ChatResponse, reading: JudgeQuestion['reading']): string | null =>
  answerOf(response, reading) === null
    ? `no valid answer (${response.finishReason}): ${JSON.stringify(response.text.slice(0, 80))}`
    : null;

/** The request of one vote and the answer that raises; null when there is nothing to compare. */
export const voteRequest = (
  { query, positive, candidate }: JudgeCase,
  vote: { readonly number: number; readonly attempt: number; readonly seed: number },
  options: ChatJudgeOptions,
): { readonly request: ChatRequest; readonly raises: JudgeAnswer } | null => {
  const { reading = 'comparative', votes = 1, retries = 1, ...prompt } = options;
  const temperature = options.temperature ?? (votes === 1 ? 0 : 0.7);
  const settings = { ...prompt, temperature, seed: vote.number * (retries + 1) + vote.attempt };
  const accept = (response: ChatResponse) => rejectVerdict(response, reading);
  if (reading === 'satisfies') {
    const request = judgePrompt({ reading, query, code: candidate }, settings);
    return { request: { ...request, accept }, raises: 'yes' };
  }
  if (positive === null) return null;
  const stream = `${query}\u0000${positive}\u0000${candidate}\u0000${vote.number}`;
  const candidateFirst = createRandom(vote.seed, stream).below(2) === 0;
  const [first, second] = candidateFirst ? [candidate, positive] : [positive, candidate];
  return {
    request: { ...judgePrompt({ reading, query, first, second }, settings), accept },
    raises: candidateFirst ? 'first' : 'second',
  };
};
