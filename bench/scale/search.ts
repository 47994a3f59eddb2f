/**
 * How fast the search page answers: questions through HTTP to an index of made-up functions, one after another on one
 * connection, the model's reading of the question counted.
 *
 *   npx tsx bench/scale/search.ts [functions …]
 *
 * CPU is of this process and its child together, a question; memory is resident, of the server alone.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import type { SearchEntry } from '../../examples/oasis-full/search/entries/search-entry.js';
import { modelFingerprint } from '../../examples/oasis-full/search/index-format.js';
import { createIndexWriter } from '../../examples/oasis-full/search/index-writer.js';
import { openSearchIndex } from '../../examples/oasis-full/search/search-index.js';
import { startSearchServer } from '../../examples/oasis-full/serve/search-server.js';
import { createRunFolder } from '../../examples/oasis-full/store/run-folder.js';
import { createRandom } from '../../src/numerics/index.js';

const DIMENSIONS = 384;
const QUESTIONS = 200;
const WARM_UP = 20;

const random = createRandom(1, 'search bench');
const words = Array.from({ length: 20_000 }, () =>
  Array.from({ length: 3 + random.below(6) }, () => String.fromCharCode(97 + random.below(26))).join(''),
);
const word = () => words[Math.floor(words.length * random.uniform() ** 3)]!;
const sentence = (length: number) => Array.from({ length }, word).join(' ');

const madeUp = (i: number): SearchEntry => {
  const lines = Array.from(
    { length: 4 + random.below(30) },
    () => `  ${word()}.${word()}(${word()}, ${word()});`,
  );
  const name = `${word()}${i}`;
  const summary = sentence(8);
  const source = `function ${name}() {\n${lines.join('\n')}\n}`;
  return {
    id: `f${i}`,
    repository: `repository-${i % 40}`,
    path: `src/${word()}/${word()}${i}.js`,
    startLine: 1 + random.below(900),
    endLine: 1000,
    language: ['javascript', 'python', 'go'][i % 3]!,
    qualifiedName: name,
    signature: `function ${name}()`,
    summary,
    source,
    role: 'function',
    name,
    doc: summary,
    code: source,
  };
};

const unitRows = (rows: number): Float32Array => {
  const data = Float32Array.from({ length: rows * DIMENSIONS }, () => random.normal());
  for (let row = 0; row < rows; row++) {
    const vector = data.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < DIMENSIONS; i++) vector[i]! /= norm;
  }
  return data;
};

const writeRun = async (root: string, functions: number): Promise<void> => {
  const folder = createRunFolder(root);
  const texts = Array.from({ length: 3000 }, () => sentence(30));
  const encoder = SubtokenBagEncoder.fit({ queries: texts, documents: texts }, { dimensions: DIMENSIONS });
  await encoder.save(folder.path('model'));
  encoder.dispose();
  const model = modelFingerprint(folder.path('model'));
  const writer = await createIndexWriter(folder, { dimensions: DIMENSIONS, model, roots: new Map() });
  for (let start = 0; start < functions; start += 1000) {
    const count = Math.min(1000, functions - start);
    await writer.add(
      Array.from({ length: count }, (_, i) => ({ entry: madeUp(start + i), duplicates: [] })),
      unitRows(count),
    );
  }
  await writer.finish();
};

interface ServerMessage {
  readonly url: string;
  readonly openMilliseconds: number;
}
interface ServerCost {
  readonly cpuMilliseconds: number;
  readonly memoryBytes: number;
}

const serve = async (root: string): Promise<void> => {
  const started = performance.now();
  const index = await openSearchIndex(root);
  const openMilliseconds = performance.now() - started;
  const server = await startSearchServer(index, { port: 0 });
  let cpu = process.cpuUsage();
  process.on('message', (message) => {
    const { user, system } = process.cpuUsage(cpu);
    if (message === 'begin') cpu = process.cpuUsage();
    else {
      const cost = { cpuMilliseconds: (user + system) / 1000, memoryBytes: process.memoryUsage().rss };
      process.send?.(cost satisfies ServerCost, () => process.exit());
    }
  });
  process.send?.({ url: server.url, openMilliseconds } satisfies ServerMessage);
};

const ask = (url: string, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else reject(new Error(`expected 200, received ${response.statusCode}`));
      });
    }).on('error', reject);
  });

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;

const measure = async (functions: number): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'oasis-search-bench-'));
  try {
    await writeRun(root, functions);
    const child = fork(fileURLToPath(import.meta.url), ['serve', root]);
    const next = <T>() =>
      new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));
    const { url, openMilliseconds } = await next<ServerMessage>();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const question = () => `${url}api/search?${new URLSearchParams({ q: sentence(3 + random.below(8)) })}`;
    for (let i = 0; i < WARM_UP; i++) await ask(question(), agent);
    child.send('begin');
    const times: number[] = [];
    for (let i = 0; i < QUESTIONS; i++) times.push(await ask(question(), agent));
    child.send('end');
    const cost = await next<ServerCost>();
    agent.destroy();
    times.sort((a, b) => a - b);
    const cells = [
      functions.toLocaleString('en'),
      `${quantile(times, 0.5).toFixed(1)} ms`,
      `${quantile(times, 0.95).toFixed(1)} ms`,
      `${(cost.cpuMilliseconds / QUESTIONS).toFixed(1)} ms`,
      `${openMilliseconds.toFixed(0)} ms`,
      `${(cost.memoryBytes / 2 ** 20).toFixed(0)} MiB`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

if (process.argv[2] === 'serve') await serve(process.argv[3]!);
else {
  await selectBackend('cpu');
  const sizes = process.argv.slice(2).map(Number);
  console.log('| Functions | Median | 95th percentile | CPU of the server | Opening | Memory |');
  console.log('|---|---|---|---|---|---|');
  for (const size of sizes.length > 0 ? sizes : [1000, 10_000, 100_000]) await measure(size);
}
