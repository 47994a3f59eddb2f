import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import type { EvaluationResult } from '../../examples/oasis-full/evaluation/evaluation-result.js';
import { createRandom } from '../../src/numerics/index.js';

// `npx tsx bench/scale/evaluate-memory.ts [--beir] DOCUMENTS…`: what `oasis-full evaluate` takes on made-up benchmarks in the
// form of CodeSearchNet, or of BEIR, with 500 queries each and a subtoken bag of 64 dimensions, a process a size.
// OASIS_CLI names another command line to measure, EVALUATE_FLAGS further flags.

const QUERIES = 500;
const beir = process.argv.includes('--beir');
const sizes = process.argv
  .slice(2)
  .filter((argument) => argument !== '--beir')
  .map(Number);
if (sizes.length === 0 || sizes.some((size) => !(Number.isSafeInteger(size) && size >= QUERIES))) {
  throw new RangeError(`name numbers of documents, at least ${QUERIES} each`);
}

const words = (() => {
  const random = createRandom(1, 'words');
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: 6000 }, () =>
    Array.from({ length: 3 + random.below(6) }, () => letters[random.below(26)]).join(''),
  );
})();

/** Documents of 60 words by Zipf's law; a query is five words of its document and one more. */
const texts = function* (documents: number) {
  const random = createRandom(documents, 'texts');
  const draw = () => words[Math.floor(words.length ** random.uniform()) - 1]!;
  for (let i = 0; i < documents; i++) {
    const body = Array.from({ length: 60 }, draw);
    yield { i, body, query: [...[0, 1, 5, 9, 14].map((at) => body[at]!), draw()] };
  }
};

const writeLines = async (path: string, lines: Iterable<string>) => {
  await mkdir(dirname(path), { recursive: true });
  const file = createWriteStream(path);
  for (const line of lines) if (!file.write(`${line}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
};

const json = function* <T>(items: Iterable<T>, row: (item: T) => unknown, limit = Number.POSITIVE_INFINITY) {
  let count = 0;
  for (const item of items) {
    if (count++ >= limit) return;
    yield JSON.stringify(row(item));
  }
};

const url = (i: number) =>
  `https://example.org/repository-${i % 997}/blob/main/src/file-${i}.py#L${i}-L${i + 20}`;

const writeCodeSearchNet = async (folder: string, documents: number) => {
  await writeLines(
    join(folder, 'python/test.jsonl'),
    json(texts(documents), ({ i, query }) => ({ url: url(i), docstring_tokens: query }), QUERIES),
  );
  await writeLines(
    join(folder, 'python/codebase.jsonl'),
    json(texts(documents), ({ i, body }) => ({ url: url(i), idx: `${i}`, code_tokens: body })),
  );
};

const writeBeir = async (folder: string, documents: number) => {
  await writeLines(
    join(folder, 'queries.jsonl'),
    json(texts(documents), ({ i, query }) => ({ _id: `query-${i}`, text: query.join(' ') }), QUERIES),
  );
  await writeLines(
    join(folder, 'corpus.jsonl'),
    json(texts(documents), ({ i, body }) => ({ _id: `document-${i}`, title: '', text: body.join(' ') })),
  );
  await writeLines(join(folder, 'qrels/test.tsv'), [
    'query-id\tcorpus-id\tscore',
    ...Array.from({ length: QUERIES }, (_, i) => `query-${i}\tdocument-${i}\t1`),
  ]);
};

const folder = await mkdtemp(join(tmpdir(), 'evaluate-memory-'));
try {
  await selectBackend('wasm');
  const sample = [...texts(2000)];
  const encoder = SubtokenBagEncoder.fit(
    {
      queries: sample.map(({ query }) => query.join(' ')),
      documents: sample.map(({ body }) => body.join(' ')),
    },
    { dimensions: 64 },
  );
  await encoder.save(join(folder, 'model'));
  encoder.dispose();
  const here = dirname(fileURLToPath(import.meta.url));
  const cli = process.env.OASIS_CLI ?? resolve(here, '../../examples/oasis-full/cli.ts');
  console.log('documents · peak memory · processor · clock · BM25 · model');
  for (const documents of sizes) {
    const data = join(folder, 'data');
    await (beir ? writeBeir : writeCodeSearchNet)(data, documents);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...['--import', 'tsx', cli, 'evaluate', '--data', data, '--model', join(folder, 'model'), '--json'],
        ...(beir ? ['--benchmark', 'beir'] : ['--benchmark', 'codesearchnet', '--language', 'python']),
        ...(process.env.EVALUATE_FLAGS?.split(' ') ?? []),
      ],
      { cwd: resolve(dirname(cli), '../..'), maxBuffer: 2 ** 26 },
    );
    const { tasks, seconds, processorSeconds, peakMemoryMegabytes } = JSON.parse(stdout) as EvaluationResult;
    const values = tasks[0]!.systems.map(({ value }) => value.toFixed(6)).join(' · ');
    console.log(
      `${documents} · ${peakMemoryMegabytes} MB · ${processorSeconds?.toFixed(1)} s · ${seconds.toFixed(1)} s · ${values}`,
    );
    await rm(data, { recursive: true });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
