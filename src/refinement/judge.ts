import type { LanguageId } from '../syntax/index.js';

/** One suspected pair, with everything a judge may use. */
export interface JudgeCase {
  readonly query: string;
  /** The code of the query's own function, or null where the query has none. */
  readonly positive: string | null;
  /** The code of the suspected negative. */
  readonly candidate: string;
  readonly positiveLanguage: LanguageId | null;
  readonly candidateLanguage: LanguageId | null;
  /** The tree edit ratio where the tree rule suspected the pair, else NaN. */
  readonly treeRatio: number;
}

/**
 * A judge's verdict: the candidate wins (raise its similarity), the positive wins (keep it), or there was no
 * valid answer (kept, and counted).
 */
export type JudgeOutcome = 'raise' | 'keep' | 'invalid';

export interface JudgeVerdict {
  readonly outcome: JudgeOutcome;
  /** Why, where the judge can say. */
  readonly note: string | null;
}

/** Decides whether a suspected negative answers its query. */
export interface Judge {
  /** Names the judge and its settings in records. */
  readonly name: string;
  decide(
    judgeCase: JudgeCase,
    options: { readonly seed: number; readonly signal?: AbortSignal },
  ): Promise<JudgeVerdict>;
}
