import type { LabelRecord, Suspects } from 'oasis-embed/refinement';
import type { AnnotatedFunction } from '../annotation/annotated-functions.js';
import type { LabelledPairs } from '../pairs.js';

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

/** The records with ids that lead back to functions.jsonl. */
export const refinementRows = (
  functions: readonly AnnotatedFunction[],
  queryIds: readonly string[],
  pairs: LabelledPairs,
  suspects: Suspects,
  records: readonly LabelRecord[],
): RefinementRow[] =>
  records.map((record, i) => {
    const positive = pairs.document[suspects.positive[i]!];
    return {
      ...record,
      query_id: queryIds[pairs.query[record.pair]!]!,
      positive_id: positive === undefined ? null : functions[positive]!.id,
      document_id: functions[pairs.document[record.pair]!]!.id,
    };
  });

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

/** dataset.jsonl: the released columns, and ids that lead back to functions.jsonl. */
export function* datasetRows(
  functions: readonly AnnotatedFunction[],
  queries: readonly string[],
  queryIds: readonly string[],
  pairs: LabelledPairs,
  similarity: Float32Array,
) {
  for (let pair = 0; pair < pairs.query.length; pair++) {
    const fn = functions[pairs.document[pair]!]!;
    yield {
      poss_docstring: queries[pairs.query[pair]!]!,
      snippet_wo_comment: fn.code,
      similarity: similarity[pair]!,
      lang: fn.language,
      is_gt: pairs.positive[pair]!,
      pair,
      query_id: queryIds[pairs.query[pair]!]!,
      function_id: fn.id,
      repository: fn.repository,
      similarity_before: pairs.similarity[pair]!,
    };
  }
}
