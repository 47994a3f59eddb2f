import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cacheKey,
  type DocstringRow,
  docstringPrompt,
  type Embedder,
  labelSimilarities,
  openAiCompatible,
  openResponseCache,
  parseDocstringAnswer,
  writeDocstrings,
} from '../../src/annotation/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { startFakeService } from '../../test/annotation/fake-service.js';
import { docstringFor, functionsForTest } from '../../test/annotation/functions-for-test.js';
import { loadPeer, peerModule } from '../runner/peer-packages.js';
import { type Suite, sizes, work } from '../runner/suite.js';

/** What the service takes for an answer: the rest is the client's. */
const LATENCY_MS = 20;
const ROWS = 200;
const functions = functionsForTest(ROWS);
const service = () =>
  startFakeService({ latencyMs: LATENCY_MS, answer: ({ body }) => docstringFor(body.messages[1]!.content) });

interface OpenAi {
  readonly default: new (options: {
    baseURL: string;
    apiKey: string;
  }) => {
    readonly chat: {
      readonly completions: {
        create(request: object): Promise<{ choices: { message: { content: string } }[] }>;
      };
    };
  };
}
type Limit = (concurrency: number) => <T>(task: () => Promise<T>) => Promise<T>;

const docstrings = (texts: readonly string[]) => [texts.length, texts.join('').length];

const ENTRIES = 2000;
const HITS = 200;
const value = Buffer.alloc(1024, 'x');
const keys = Array.from({ length: ENTRIES }, (_, n) => cacheKey({ n }));
const temporary = () => mkdtempSync(join(tmpdir(), 'annotation-bench-'));

interface Cacache {
  put(folder: string, key: string, value: Buffer): Promise<unknown>;
  get(folder: string, key: string): Promise<{ readonly data: Buffer }>;
}

const COLUMNS = 256;
const TEXTS = 2000;

export const annotation: Suite = {
  room: 'annotation',
  works: [
    work({
      name: 'docstrings',
      title: `Docstrings of ${ROWS} functions from a service on loopback that takes ${LATENCY_MS} ms per answer`,
      sizes: sizes([8, 64], (concurrency) => `${concurrency} requests at a time`),
      input: (concurrency) => concurrency,
      tolerance: 0,
      basis: 'clock',
      note: 'Service and client share a process. Outcomes are the number and length of the docstrings.',
      contenders: [
        {
          name: 'writeDocstrings',
          async prepare(concurrency) {
            const { baseUrl, close } = await service();
            return {
              run() {
                const { chat } = openAiCompatible({ baseUrl, model: 'm', concurrency });
                return writeDocstrings(functions, chat, { concurrency });
              },
              outcome: (rows: DocstringRow[]) => docstrings(rows.map(({ docstring }) => docstring ?? '')),
              close,
            };
          },
        },
        {
          name: 'chat.completions.create with p-limit',
          package: 'openai',
          async prepare(concurrency) {
            const { default: OpenAI } = loadPeer<OpenAi>('openai');
            const { default: pLimit } = await peerModule<{ default: Limit }>('p-limit');
            const { baseUrl, close } = await service();
            const requests = functions.map((fn) => docstringPrompt(fn, {}));
            return {
              async run() {
                const client = new OpenAI({ baseURL: baseUrl, apiKey: 'none' });
                const limit = pLimit(concurrency);
                const answer = (messages: unknown) =>
                  limit(() => client.chat.completions.create({ model: 'm', messages }));
                return Promise.all(requests.map(({ messages }) => answer(messages)));
              },
              outcome: (answers: { choices: { message: { content: string } }[] }[]) =>
                docstrings(
                  answers.map(({ choices }) => parseDocstringAnswer(choices[0]!.message.content)!.docstring),
                ),
              close,
            };
          },
        },
      ],
    }),
    work({
      name: 'cache-hits',
      title: `${HITS} hits in a cache on disk, entries of 1 kB`,
      sizes: [{ label: `${ENTRIES.toLocaleString('en')} entries`, value: null }],
      input: () => null,
      tolerance: 0,
      contenders: [
        {
          name: 'openResponseCache',
          prepare() {
            const folder = temporary();
            const cache = openResponseCache(folder);
            for (const key of keys) cache.set(key, value);
            return {
              run: () => keys.slice(0, HITS).map((key) => cache.get(key)!),
              outcome: (found: Uint8Array[]) => found.map(({ length }) => length),
              close() {
                cache.close();
                rmSync(folder, { recursive: true });
              },
            };
          },
        },
        {
          name: 'get',
          package: 'cacache',
          async prepare() {
            const folder = temporary();
            const cacache = loadPeer<Cacache>('cacache');
            for (const key of keys) await cacache.put(folder, key, value);
            return {
              async run() {
                const found: Buffer[] = [];
                for (const key of keys.slice(0, HITS)) found.push((await cacache.get(folder, key)).data);
                return found;
              },
              outcome: (found: Buffer[]) => found.map(({ length }) => length),
              close: () => rmSync(folder, { recursive: true }),
            };
          },
        },
      ],
    }),
    work({
      name: 'labels',
      title: `Labels of pairs of ${TEXTS.toLocaleString('en')} texts, vectors of ${COLUMNS} dimensions`,
      sizes: sizes([10_000, null, 100_000], (pairs) => `${pairs.toLocaleString('en')} pairs`),
      input(pairs) {
        const random = createRandom(1);
        const vectors = Float32Array.from({ length: TEXTS * COLUMNS }, () => random.normal());
        const draw = () => Uint32Array.from({ length: pairs }, () => random.below(TEXTS));
        return { vectors, query: draw(), document: draw(), columns: COLUMNS };
      },
      share: (input) => input,
      tolerance: 1e-4,
      note: 'Outcomes are the mean labels. The vectors are precomputed.',
      contenders: [
        {
          name: 'labelSimilarities',
          prepare({ vectors, query, document }) {
            const texts = Array.from({ length: TEXTS }, (_, n) => String(n));
            const rows = (batch: readonly string[]) => {
              const data = new Float32Array(batch.length * COLUMNS);
              for (const [row, text] of batch.entries()) {
                const from = Number(text) * COLUMNS;
                data.set(vectors.subarray(from, from + COLUMNS), row * COLUMNS);
              }
              return data;
            };
            const embedder: Embedder = {
              name: 'given',
              embed: async (batch) => ({ data: rows(batch), rows: batch.length, columns: COLUMNS }),
            };
            return {
              run: () => labelSimilarities(embedder, texts, texts, { query, document }),
              outcome: (labels: ArrayLike<number>) => [
                Array.from(labels).reduce((sum, label) => sum + label, 0) / labels.length,
              ],
            };
          },
        },
        { name: 'gathered rows, einsum', module: 'numpy_labels', package: 'numpy' },
      ],
    }),
    work({
      name: 'cache-key',
      title: 'The key of a docstring request',
      sizes: [{ label: 'one request', value: null }],
      input: () => docstringPrompt(functions[0]!, {}),
      tolerance: 0,
      contenders: [
        { name: 'cacheKey', prepare: (request) => ({ run: () => cacheKey(request), outcome: () => [] }) },
      ],
    }),
  ],
};
