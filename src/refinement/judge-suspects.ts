import { endsStage, type MapConcurrentlyOptions, mapConcurrently } from '../annotation/index.js';
import { checkOptions, type LabeledPairs, type OptionNames } from '../numerics/index.js';
import type { LanguageId } from '../syntax/index.js';
import { NO_PAIR, type Suspects } from './find-suspects.js';
import type { Judge, JudgeCase, JudgeOutcome, JudgeVerdict } from './judge.js';

/** The lists that the suspects' indices point into. */
export interface JudgeContext {
  readonly pairs: LabeledPairs;
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** By document index, or one for all; needed by judges that parse. @defaultValue null */
  readonly languages?: LanguageId | readonly (LanguageId | null)[] | null;
}

/** Options of {@link judgeSuspects}. */
export interface JudgeSuspectsOptions extends MapConcurrentlyOptions {
  /** Decides the order in which a judge is shown two codes, for each pair on its own. @defaultValue 0 */
  readonly seed?: number;
}

/** A verdict for every suspect. */
export interface Verdicts {
  readonly suspects: Suspects;
  /** The judge's name. */
  readonly judge: string;
  /** [S] */
  readonly outcomes: readonly JudgeOutcome[];
  /** [S] */
  readonly notes: readonly (string | null)[];
  readonly counts: Readonly<Record<JudgeOutcome, number>>;
  /** Distinct cases put before the judge: suspects with the same three texts share one. */
  readonly cases: number;
}

const JUDGE_SUSPECTS_OPTIONS: OptionNames<JudgeSuspectsOptions> = {
  seed: true,
  concurrency: true,
  signal: true,
  onProgress: true,
};

/**
 * Has a judge decide on every suspect.
 *
 * Suspects with the same query, positive and candidate text are judged once. If a judge fails, the case
 * is `invalid` with the reason; an exhausted budget or an abort ends the whole call.
 *
 * @param suspects From `findSuspects`.
 * @param judge Such as `cloneJudge()` or `chatJudge(model)`.
 * @param context The lists the indices point into.
 * @returns Verdicts [S], independent of concurrency and of the order of the suspects.
 * @throws RangeError when an index points outside its list.
 *
 * @example
 * ```ts
 * import { findSuspects, type Judge, judgeSuspects } from 'oasis-embed/refinement';
 * const pairs = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.7], positive: [1, 0] };
 * const sameLength: Judge = {
 *   name: 'same length',
 *   decide: async ({ positive, candidate }) => ({
 *     outcome: positive?.length === candidate.length ? 'raise' : 'keep',
 *     note: null,
 *   }),
 * };
 * const context = { pairs, queries: ['add'], documents: ['a + b', 'x + y'] };
 * const verdicts = await judgeSuspects(findSuspects(pairs), sameLength, context);
 * console.log(verdicts.counts.raise); // 1
 * ```
 */
export const judgeSuspects = async (
  suspects: Suspects,
  judge: Judge,
  context: JudgeContext,
  options: JudgeSuspectsOptions = {},
): Promise<Verdicts> => {
  checkOptions('judgeSuspects', options, JUDGE_SUSPECTS_OPTIONS);
  const { seed = 0, ...running } = options;
  const { signal } = running;
  const { cases, caseOf } = judgeCases(suspects, context);
  const decided = await mapConcurrently(
    cases,
    async (judgeCase): Promise<JudgeVerdict> => {
      try {
        return await judge.decide(judgeCase, { seed, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        if (endsStage(error, signal)) throw error;
        return { outcome: 'invalid', note: error instanceof Error ? error.message : String(error) };
      }
    },
    running,
  );
  const verdicts = Array.from(caseOf, (index) => decided[index]!);
  const counts = { raise: 0, keep: 0, invalid: 0 };
  for (const { outcome } of verdicts) counts[outcome]++;
  return {
    suspects,
    judge: judge.name,
    outcomes: verdicts.map(({ outcome }) => outcome),
    notes: verdicts.map(({ note }) => note),
    counts,
    cases: cases.length,
  };
};

/** The distinct cases behind suspects, and which one is each suspect's. */
export const judgeCases = (
  suspects: Suspects,
  context: JudgeContext,
): { readonly cases: JudgeCase[]; readonly caseOf: Uint32Array } => {
  const cases: JudgeCase[] = [];
  const caseOf = new Uint32Array(suspects.pair.length);
  const known = new Map<string, number>();
  for (let i = 0; i < suspects.pair.length; i++) {
    const judgeCase = caseFor(suspects, i, context);
    const key = JSON.stringify([
      judgeCase.query,
      judgeCase.positive,
      judgeCase.positiveLanguage,
      judgeCase.candidate,
      judgeCase.candidateLanguage,
    ]);
    const seen = known.get(key);
    caseOf[i] = seen ?? cases.length;
    if (seen !== undefined) continue;
    known.set(key, cases.length);
    cases.push(judgeCase);
  }
  return { cases, caseOf };
};

const caseFor = (
  suspects: Suspects,
  i: number,
  { pairs, queries, documents, languages = null }: JudgeContext,
): JudgeCase => {
  const pair = suspects.pair[i]!;
  const positive = suspects.positive[i]!;
  const read = (texts: readonly string[], name: 'query' | 'document', at: number): string => {
    const index = pairs[name][at];
    const text = index === undefined ? undefined : texts[index];
    if (text === undefined) {
      throw new RangeError(`pairs.${name}[${at}] must be in [0, ${texts.length}), received ${index}`);
    }
    return text;
  };
  const language = (at: number): LanguageId | null =>
    languages === null || typeof languages === 'string'
      ? languages
      : (languages[pairs.document[at]!] ?? null);
  return {
    query: read(queries, 'query', pair),
    positive: positive === NO_PAIR ? null : read(documents, 'document', positive),
    candidate: read(documents, 'document', pair),
    positiveLanguage: positive === NO_PAIR ? null : language(positive),
    candidateLanguage: language(pair),
    treeRatio: suspects.treeRatio[i]!,
  };
};
