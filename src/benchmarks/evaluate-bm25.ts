import { type DocumentBlock, encodeTrecId, relevantRanksOverDocuments } from '../metrics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';
import { bm25Block, createBagger, createBm25Scorer, type QueryTerms, type TermBag } from './bm25-blocks.js';
import { BM25_OPTIONS, type Bm25Options, bm25Choices } from './bm25-weights.js';
import { DistinctIds } from './distinct-ids.js';
import type { EvaluateTaskOptions } from './evaluate-task.js';
import { PackedLabels } from './label-list.js';
import { RelevanceBuilder } from './relevance-builder.js';
import type { RetrievalTask } from './retrieval-task.js';
import { requireSome, summarizeTask, type TaskEvaluation } from './summarize-task.js';
import { TextCensus } from './text-census.js';
import { type TextLabel, withoutPlace } from './text-label.js';

/** How the lexical baseline reads and scores texts. */
export interface EvaluateBm25Options
  extends Bm25Options,
    Pick<EvaluateTaskOptions, 'ties' | 'measures' | 'onProgress'> {
  /** @defaultValue subtokens */
  readonly tokenize?: (text: string) => readonly string[];
}

const EVALUATE_BM25_OPTIONS: OptionNames<EvaluateBm25Options> = {
  ...BM25_OPTIONS,
  ties: true,
  measures: true,
  onProgress: true,
  tokenize: true,
};

/** Documents in memory at a time. */
const BLOCK = 2048;

/** Texts between two reports. */
const REPORT_EVERY = 1024;

/**
 * Runs BM25 on a benchmark: the row to print next to any encoder's.
 *
 * The same tokens, by default {@link subtokens}, for queries and documents; k₁ = 1.2 and b = 0.75 untuned. A document
 * that shares no term with the query is not retrieved.
 *
 * Documents are read twice, a block of them in memory at a time: first to count in how many each term of the queries
 * stands and to learn the scores of the relevant ones, then to count how many documents stand above these. The numbers
 * are those of {@link Bm25Index} over everything. Where the queries are the documents, they are read once and kept.
 *
 * @throws RangeError when there is no query or document, when ids repeat, or when the task gives other documents the
 * second time.
 *
 * Memory O(tokens of the queries and of relevant documents), the ids of the documents and 12 to 24 bytes for
 * each to see that they are distinct.
 *
 * @example
 * ```ts
 * import { evaluateBm25, type RetrievalTask } from 'oasis-embed/benchmarks';
 * const texts = ['sort a list', 'read a file'].map((text, i) => ({ id: `${i}`, key: `${i}`, text }));
 * async function* read() {
 *   yield* texts;
 * }
 * const task: RetrievalTask = {
 *   name: 'Two texts',
 *   measure: 'mrr@1000',
 *   queries: read,
 *   documents: read,
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * console.log((await evaluateBm25(task)).score); // 1
 * ```
 */
export const evaluateBm25 = async (
  task: RetrievalTask,
  options: EvaluateBm25Options = {},
): Promise<TaskEvaluation> => {
  checkOptions('evaluateBm25', options, EVALUATE_BM25_OPTIONS);
  const { tokenize = subtokens, measures = [], onProgress, ties, ...free } = options;
  const choices = bm25Choices(free);
  const terms = new Map<string, number>();
  const numberOf = (token: string) => {
    const known = terms.get(token);
    if (known === undefined) terms.set(token, terms.size);
    return known ?? terms.size - 1;
  };
  /** The terms of each query. */
  const asked: Uint32Array[] = [];
  const labels: TextLabel[] = [];
  const queryTexts = new TextCensus(`${task.name}, queries`);
  if (!task.selfRetrieval) {
    const ids = new DistinctIds(`${task.name}: query`, () => task.queries());
    for await (const { text, ...label } of task.queries()) {
      await ids.add(label);
      queryTexts.add(text);
      labels.push(withoutPlace(label));
      asked.push(Uint32Array.from(tokenize(text), numberOf));
    }
    requireSome(task, 'query', labels.length);
    onProgress?.('queries', labels.length, labels.length);
  }

  const relevant = new RelevanceBuilder<TextLabel>(task, task.selfRetrieval ? null : labels);
  const ids = new DistinctIds(`${task.name}: document`, () => task.documents());
  const bagOf = createBagger(terms);
  /** Of the documents that must be scored before the others, or of all where these are the queries. */
  const bags = new Map<number, TermBag>();
  const frequencies: number[] = new Array(terms.size).fill(0);
  const names = new PackedLabels();
  const documentTexts = new TextCensus(`${task.name}, documents`);
  let size = 0;
  let total = 0;
  for await (const { text, ...label } of task.documents()) {
    const repeated = ids.add(label);
    if (repeated !== undefined) await repeated;
    names.push(label);
    documentTexts.add(text);
    const tokens = tokenize(text);
    if (task.selfRetrieval) asked.push(Uint32Array.from(tokens, numberOf));
    const bag = bagOf(tokens);
    for (const term of bag.terms) frequencies[term] = (frequencies[term] ?? 0) + 1;
    if (relevant.add(withoutPlace(label)) || task.selfRetrieval) bags.set(size, bag);
    size += 1;
    total += tokens.length;
    if (size % REPORT_EVERY === 0) onProgress?.('documents', size);
  }
  requireSome(task, 'document', size);
  onProgress?.('documents', size, size);
  const notes = [...queryTexts.notes(), ...documentTexts.notes()];

  const { relevance, missed, ...hidden } = relevant.finish();
  const corpus: QueryTerms = {
    ...choices,
    size,
    meanLength: total / size,
    query: (query) => asked[query]!,
    frequencies,
  };
  const scoreOf = createBm25Scorer(corpus);
  async function* documentBags() {
    if (task.selfRetrieval) yield* bags.values();
    else for await (const { text } of task.documents()) yield bagOf(tokenize(text));
  }
  async function* blocks(): AsyncGenerator<DocumentBlock> {
    let block: TermBag[] = [];
    for await (const bag of documentBags()) {
      block.push(bag);
      if (block.length < BLOCK) continue;
      yield bm25Block(corpus, block);
      block = [];
    }
    if (block.length > 0) yield bm25Block(corpus, block);
  }
  const ranks = await relevantRanksOverDocuments(
    blocks(),
    { queries: asked.length, documents: size },
    relevance,
    (query, document) => scoreOf(query, bags.get(document)!),
    {
      ...hidden,
      documentIds: Array.from(names, ({ id }) => encodeTrecId(id)),
      ...(ties === undefined ? {} : { ties }),
      onProgress: (done, all) => onProgress?.('ranking', done, all),
    },
  );
  return summarizeTask(task, ranks, size, measures, notes, missed);
};
