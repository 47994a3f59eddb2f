import type { LabelRecord } from 'oasis-embed/refinement';

/** A row of refinement.jsonl: why a label was looked at and what became of it. */
export interface RefinementRow extends LabelRecord {
  readonly query_id: string;
  readonly positive_id: string | null;
  readonly document_id: string;
}

export interface RuleCount {
  /** The rules that named these suspects, joined by ` + `. */
  readonly rule: string;
  readonly suspects: number;
  readonly raised: number;
  readonly kept: number;
  readonly invalid: number;
}

/** Counts by the set of rules that named a suspect, so that every suspect counts once. */
export const countRules = (records: readonly LabelRecord[]): RuleCount[] => {
  const counts = new Map<string, { suspects: number; raise: number; keep: number; invalid: number }>();
  for (const { rules, verdict } of records) {
    const rule = rules.join(' + ');
    const count = counts.get(rule) ?? { suspects: 0, raise: 0, keep: 0, invalid: 0 };
    count.suspects += 1;
    count[verdict] += 1;
    counts.set(rule, count);
  }
  return [...counts]
    .map(([rule, { suspects, raise, keep, invalid }]) => ({
      rule,
      suspects,
      raised: raise,
      kept: keep,
      invalid,
    }))
    .sort((a, b) => b.suspects - a.suspects);
};
