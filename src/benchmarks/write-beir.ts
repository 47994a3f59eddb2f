import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, streamText } from '../numerics/index.js';
import { DistinctIds } from './distinct-ids.js';
import { PackedLabels } from './label-list.js';
import { RelevanceBuilder } from './relevance-builder.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';
import { requireSome } from './summarize-task.js';
import { type TextLabel, withoutPlace } from './text-label.js';

/** The split of the qrels that are written. */
export interface WriteBeirOptions {
  /**
   * The qrels are written to `qrels/<split>.tsv`.
   * @defaultValue 'test'
   */
  readonly split?: string;
}

const line = (row: unknown): string => `${JSON.stringify(row)}\n`;

/** The columns of the qrels are separated by tabs and have no way to write one. */
const column = (id: string): string => {
  if (id === '' || /[\t\n\r]/.test(id)) {
    throw new RangeError(
      `ids must be neither empty nor hold a tab or a line break, received ${JSON.stringify(id)}`,
    );
  }
  return id;
};

/**
 * Writes a benchmark as a folder in BEIR format, for the tools that read those: `corpus.jsonl`, `queries.jsonl` and
 * `qrels/<split>.tsv`, each atomically, the qrels last.
 *
 * Every query is written, relevant are the pairs of {@link resolveRelevance}. What reads such folders leaves out
 * documents whose id is the query's: so it is right for a task that leaves each text out of its own ranking, and any
 * other must give queries and documents different ids, as the loaders do.
 *
 * @param directory Created if it does not exist.
 * @throws RangeError when there is no query or document, when ids repeat or cannot be written, or the qrels name what is
 * not there.
 *
 * Memory O(Q + P) and the characters of the documents' ids.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { type RetrievalTask, writeBeir } from 'oasis-embed/benchmarks';
 * async function* read(prefix: string) {
 *   yield { id: `${prefix}0`, key: 'url7', text: 'sort a list' };
 * }
 * const task: RetrievalTask = {
 *   name: 'One pair',
 *   measure: 'ndcg@10',
 *   queries: () => read('q'),
 *   documents: () => read('d'),
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * const folder = mkdtempSync(join(tmpdir(), 'beir-'));
 * await writeBeir(folder, task);
 * console.log(readFileSync(join(folder, 'qrels/test.tsv'), 'utf8').split('\n')[1]); // q0	d0	1
 * ```
 * @see Thakur et al. (2021), BEIR.
 */
export const writeBeir = async (
  directory: string,
  task: RetrievalTask,
  options: WriteBeirOptions = {},
): Promise<void> => {
  checkOptions('writeBeir', options, { split: true });
  const { split = 'test' } = options;
  await mkdir(join(directory, 'qrels'), { recursive: true });
  const labels: TextLabel[] = [];
  const queryIds = new DistinctIds(`${task.name}: query`, () => task.queries());
  async function* queryLines() {
    for await (const { text, ...label } of task.queries()) {
      await queryIds.add(label);
      labels.push(withoutPlace(label));
      yield line({ _id: column(label.id), text });
    }
    requireSome(task, 'query', labels.length);
  }
  await streamText(join(directory, 'queries.jsonl'), queryLines());

  const relevant = new RelevanceBuilder<TextLabel>(task, task.selfRetrieval ? null : labels);
  const documentIds = new DistinctIds(`${task.name}: document`, () => task.documents());
  const names = new PackedLabels();
  async function* documentLines(texts: AsyncIterable<RetrievalText>) {
    for await (const { text, ...label } of texts) {
      await documentIds.add(label);
      names.push({ id: label.id });
      relevant.add(withoutPlace(label));
      yield line({ _id: column(label.id), title: '', text });
    }
    requireSome(task, 'document', names.length);
  }
  await streamText(join(directory, 'corpus.jsonl'), documentLines(task.documents()));

  const { relevance, missed = [] } = relevant.finish();
  async function* qrelLines() {
    yield 'query-id\tcorpus-id\tscore\n';
    for (let i = 0; i < relevance.query.length; i++) {
      const document = names.at(relevance.document[i]!).id;
      yield `${labels[relevance.query[i]!]!.id}\t${document}\t${relevance.gain?.[i] ?? 1}\n`;
    }
    for (const { query, document, gain } of missed) {
      yield `${labels[query]!.id}\t${column(document)}\t${gain}\n`;
    }
  }
  await streamText(join(directory, 'qrels', `${split}.tsv`), qrelLines());
};
