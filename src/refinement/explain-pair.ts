import type { LabeledPairs } from '../numerics/index.js';
import { positivesByQuery } from './check-labeled-pairs.js';
import type { LabelRecord } from './raise-similarities.js';

/** What {@link explainPair} reads. */
export interface ExplainContext {
  readonly pairs: LabeledPairs;
  /** The records of `raiseSimilarities`. */
  readonly records: readonly LabelRecord[];
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Where a document stands, as `path:line name`, by document index. */
  readonly places?: readonly string[];
  /** Who wrote a docstring, by query index. */
  readonly writers?: readonly string[];
  /** Where the pair came from, such as `stratum calls`. */
  readonly source?: string;
  /** The number to print, where `pairs` are a part of all. @defaultValue the index */
  readonly number?: number;
  /** The mixture's s*, for the sentence about the threshold rule. */
  readonly threshold?: number | null;
}

/**
 * Explains in plain text how a pair got its label: its docstring, the positive's code and its own, the
 * similarity before and after, which rules suspected it and what the judge said.
 *
 * @param pair Index of the pair.
 * @throws RangeError when there is no such pair.
 *
 * @example
 * ```ts
 * import { explainPair } from 'oasis-embed/refinement';
 * const pairs = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.2], positive: [1, 0] };
 * console.log(explainPair(1, { pairs, records: [], queries: ['add'], documents: ['a + b', 'a - b'] }));
 * ```
 */
export const explainPair = (pair: number, context: ExplainContext): string => {
  const {
    pairs,
    records,
    queries,
    documents,
    places,
    writers,
    source,
    number = pair,
    threshold = null,
  } = context;
  const query = pairs.query[pair];
  const document = pairs.document[pair];
  if (query === undefined || document === undefined) {
    throw new RangeError(`pair must be in [0, ${pairs.query.length}), received ${pair}`);
  }
  const positive = positivesByQuery(pairs).of(query)[0];
  const show = (title: string, index: number) => {
    const place = places?.[index];
    return `${title}${place === undefined ? '' : `: ${printable(place)}`}\n${indent(documents[index] ?? '(missing)')}`;
  };
  const writer = writers?.[query];
  const parts = [
    `Pair ${number}${source === undefined ? '' : `, ${printable(source)}`}\nDocstring${writer === undefined ? '' : ` by ${printable(writer)}`}\n${indent(queries[query] ?? '(missing)')}`,
  ];
  if (pairs.positive[pair]) {
    parts.push(show('Code A, the positive', document), `Similarity ${decimal(pairs.similarity[pair]!)}.`);
    parts.push('A positive: its label is never changed.');
    return parts.join('\n\n');
  }
  if (positive !== undefined) {
    const similarity = decimal(pairs.similarity[positive]!);
    parts.push(`${show('Code A, the positive', pairs.document[positive]!)}\nSimilarity ${similarity}`);
  }
  parts.push(show('Code F, the negative', document));
  const record = records.find((candidate) => candidate.pair === pair);
  if (record === undefined) {
    parts.push(`Similarity ${decimal(pairs.similarity[pair]!)}: no rule suspected it, so it was not judged.`);
    return parts.join('\n\n');
  }
  const reasons = record.rules.map((rule) => {
    if (rule === 'threshold') {
      return `its similarity is above the threshold${threshold === null ? '' : ` s* = ${decimal(threshold)}`}`;
    }
    if (rule === 'aboveOwnPositive') return "its similarity is above the positive's";
    return `its syntax tree is near the positive's: edit ratio ${decimal(record.treeRatio ?? Number.NaN)}`;
  });
  const verdict = {
    raise: 'Code F answers the query: its similarity was raised',
    keep: 'Code A answers the query: the label stays',
    invalid: 'no valid answer: the label stays',
  }[record.verdict];
  parts.push(
    [
      `Similarity before ${decimal(record.before)}, after ${decimal(record.after)}.`,
      'Suspected because',
      ...reasons.map((reason) => `- ${reason}`),
      `Verdict of ${record.judge}: ${verdict}${record.note === null ? '.' : ` (${record.note}).`}`,
    ].join('\n'),
  );
  return parts.join('\n\n');
};

/** Code is untrusted: escape sequences would reach the reader's terminal. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (c) =>
    c === '\r' ? '' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

const decimal = (value: number): string => value.toFixed(4);

const indent = (text: string): string =>
  printable(text)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
