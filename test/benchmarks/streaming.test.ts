import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DistinctIds } from '../../src/benchmarks/distinct-ids.js';
import {
  Bm25Index,
  evaluateBm25,
  evaluateTask,
  type RetrievalTask,
  type RetrievalText,
  resolveRelevance,
} from '../../src/benchmarks/index.js';
import { PackedLabels } from '../../src/benchmarks/label-list.js';
import { type RelevantRanks, relevantRanksBy, type TieRule } from '../../src/metrics/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { stream, taskOf } from '../support/retrieval-task.js';

const tokenize = (text: string) => text.split(' ').filter((token) => token !== '');

/** BM25 with everything in memory: an index of all documents, a row of scores a query. */
const inMemory = (
  task: RetrievalTask,
  queries: readonly RetrievalText[],
  documents: readonly RetrievalText[],
  options: { readonly ties?: TieRule; readonly k1?: number; readonly variant?: 'lucene' | 'atire' },
): RelevantRanks => {
  const { ties, ...free } = options;
  const index = new Bm25Index(
    documents.map(({ text }) => tokenize(text)),
    free,
  );
  const { relevance, exclude } = resolveRelevance(task, queries, documents);
  return relevantRanksBy(
    (query, out) => {
      index.scores(tokenize(queries[query]!.text), out);
      for (let d = 0; d < out.length; d++) if (out[d] === 0) out[d] = Number.NEGATIVE_INFINITY;
    },
    { queries: queries.length, documents: documents.length },
    relevance,
    {
      documentIds: documents.map(({ id }) => id),
      ...(exclude === undefined ? {} : { exclude }),
      ...(ties === undefined ? {} : { ties }),
    },
  );
};

describe('evaluateBm25, a block of documents at a time', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__'), { maxLength: 6 });
  const texts = (maximum: number) =>
    fc.array(fc.record({ text: words.map((w) => w.join(' ')), key: fc.constantFrom('x', 'y', 'z') }), {
      minLength: 1,
      maxLength: maximum,
    });

  /** Texts that are all empty or all the same are refused. */
  const distinct = (items: readonly { readonly text: string }[]) =>
    items.some(({ text }) => text !== '') &&
    (items.length === 1 || new Set(items.map(({ text }) => text)).size > 1);

  test('gives the ranks of an index over everything, to the last tie', async () => {
    await fc.assert(
      fc.asyncProperty(
        texts(6).filter(distinct),
        texts(12).filter(distinct),
        fc.constantFrom('keys', 'qrels', 'self', 'same ids' as const),
        fc.constantFrom<TieRule>('trec', 'optimistic', 'pessimistic', 'expected'),
        fc.constantFrom(0, 1.2),
        fc.constantFrom('lucene' as const, 'atire' as const),
        async (asked, stored, form, ties, k1, variant) => {
          const documents = stored.map((text, i) => ({ id: `${i}`, ...text }));
          const queries = form === 'self' ? documents : asked.map((text, i) => ({ id: `${i}`, ...text }));
          const task = taskOf(queries, documents, {
            selfRetrieval: form === 'self',
            ignoreIdenticalIds: form === 'same ids',
            ...(form === 'qrels'
              ? {
                  qrels: new Map(
                    queries.map(({ id }, q) => [
                      id,
                      new Map(documents.filter((_, d) => (d + q) % 3 === 0).map((d, g) => [d.id, g])),
                    ]),
                  ),
                }
              : {}),
          });
          const options = { ties, k1, variant };
          const { ranks } = await evaluateBm25(task, { ...options, tokenize });
          expect(ranks).toEqual(inMemory(task, queries, documents, options));
        },
      ),
    );
  });

  test('gives them across blocks', async () => {
    const random = createRandom(1, 'blocks');
    const text = (length: number) =>
      Array.from({ length }, () => `w${Math.floor(200 ** random.uniform())}`).join(' ');
    const documents = Array.from({ length: 5000 }, (_, i) => ({
      id: `d${i}`,
      // Many are equal, so that ties reach from block to block.
      text: i % 7 === 0 ? 'w1 w2 w3' : text(8),
      key: `k${i % 2500}`,
    }));
    const queries = Array.from({ length: 40 }, (_, i) => ({ id: `q${i}`, text: text(5), key: `k${i * 60}` }));
    const task = taskOf(queries, documents);
    const seen: string[] = [];
    const { ranks, measures, notes } = await evaluateBm25(task, {
      tokenize,
      measures: ['map'],
      onProgress: (stage, done, total) => seen.push(`${stage} ${done} ${total}`),
    });
    expect(ranks).toEqual(inMemory(task, queries, documents, {}));
    expect(measures.map).toBeGreaterThan(0);
    expect(notes).toEqual([]);
    expect(seen.at(0)).toBe('queries 40 40');
    expect(seen.at(-1)).toBe('ranking 5000 5000');
  });

  test('notices documents that are others the second time', async () => {
    const queries = [{ id: 'q', text: 'a', key: 'x' }];
    const documents = [
      { id: '0', text: 'a', key: 'x' },
      { id: '1', text: 'b', key: 'y' },
    ];
    const changing = (second: readonly RetrievalText[]) => {
      let reads = 0;
      return taskOf(queries, documents, {
        documents: () => stream(reads++ === 0 ? documents : second),
      });
    };
    await expect(evaluateBm25(changing(documents.slice(1)), { tokenize })).rejects.toThrow(
      'the score of query 0 and document 0 must be',
    );
    await expect(evaluateBm25(changing(documents.slice(0, 1)), { tokenize })).rejects.toThrow(
      'the blocks must hold 2 documents, received 1',
    );
    await expect(evaluateBm25(changing([...documents, ...documents]), { tokenize })).rejects.toThrow(
      'the blocks must hold 2 documents, received at least 4',
    );
  });
});

describe('DistinctIds', () => {
  const check = async (labels: readonly { readonly id: string; readonly place?: string }[]) => {
    const ids = new DistinctIds('Demo: document', () => stream(labels));
    for (const label of labels) await ids.add(label);
  };

  test('takes as many as there are', async () => {
    let reads = 0;
    const ids = new DistinctIds('Demo: document', () => {
      reads += 1;
      return stream([]);
    });
    for (let i = 0; i < 200_000; i++) await ids.add({ id: `d${i}` });
    // A pair of equal hashes among 200,000 has a chance of one in a billion.
    expect(reads).toBe(0);
  });

  test('finds what a set finds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 2 })), async (ids) => {
        const repeats = new Set(ids).size < ids.length;
        const outcome = check(ids.map((id) => ({ id }))).then(
          () => false,
          () => true,
        );
        expect(await outcome).toBe(repeats);
      }),
    );
  });

  test('says where an id stands for the first and for the second time', async () => {
    const labels = ['a', 'b', 'a'].map((id, i) => ({ id, place: `corpus.jsonl:${i + 1}` }));
    await expect(check(labels)).rejects.toThrow(
      'corpus.jsonl:3: Demo: document ids must be distinct, received "a" again, first at corpus.jsonl:1',
    );
  });

  test('does not take equal hashes for equal ids', async () => {
    // The texts that it reads again hold no such id before: whatever the hash said, it is not there.
    const ids = new DistinctIds('Demo: document', () => stream([{ id: 'other' }]));
    await ids.add({ id: 'a' });
    await expect(ids.add({ id: 'a' })).resolves.toBeUndefined();
  });
});

test('PackedLabels give back the names they took, with or without others for prediction files', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record(
          { id: fc.string({ unit: 'grapheme' }), prediction: fc.string({ unit: 'grapheme' }) },
          { requiredKeys: ['id'] },
        ),
      ),
      (names) => {
        const labels = new PackedLabels();
        for (const name of names) labels.push(name);
        const some = names.findIndex(({ prediction }) => prediction !== undefined) >= 0;
        expect([...labels]).toEqual(
          names.map(({ id, prediction }) => (some ? { id, prediction: prediction ?? id } : { id })),
        );
      },
    ),
  );
  const many = new PackedLabels();
  for (let i = 0; i < 30_000; i++) many.push({ id: `document number ${i}` });
  expect([many.length, many.at(0).id, many.at(29_999).id]).toEqual([
    30_000,
    'document number 0',
    'document number 29999',
  ]);
});

describe('placeholder data', () => {
  const queries = [
    { id: 'q0', text: 'sort a list', key: 'x' },
    { id: 'q1', text: 'read a file', key: 'y' },
  ];
  const documents = (...texts: string[]) =>
    texts.map((text, i) => ({ id: `d${i}`, text, key: i === 0 ? 'x' : 'y' }));
  const encoder = {
    embedQueries: (texts: readonly string[]) => ({
      data: Float32Array.from(texts, ({ length }) => length),
      rows: texts.length,
      columns: 1,
    }),
    embedDocuments(texts: readonly string[]) {
      return this.embedQueries(texts);
    },
  };

  test.each([
    ['all empty', ['', ' '], 'Demo, documents must have texts, received 2 empty ones'],
    ['all the same', ['a', 'a'], 'Demo, documents must differ, received the same text 2 times: "a"'],
  ])('is refused where texts are %s', async (_, texts, message) => {
    await expect(evaluateBm25(taskOf(queries, documents(...texts)))).rejects.toThrow(message);
    await expect(evaluateTask(taskOf(queries, documents(...texts)), encoder)).rejects.toThrow(message);
  });

  test('is counted in a note where some texts are empty', async () => {
    const note = 'Demo, documents: 1 of 3 are empty texts, which rank at random.';
    const task = taskOf(queries, documents('sort', '', 'read'));
    expect((await evaluateBm25(task)).notes).toContain(note);
    expect((await evaluateTask(task, encoder)).notes).toContain(note);
  });
});
