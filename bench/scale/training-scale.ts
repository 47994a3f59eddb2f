import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SubtokenBagEncoder, TextFile, writeTextFile } from 'oasis-embed/encoders';
import { selectBackend, trainOasis } from 'oasis-embed/training';
import { createRandom } from '../../src/numerics/index.js';

// `npx tsx bench/scale/training-scale.ts [--memory] FUNCTIONS…`: the first steps of a training on so many made-up functions with
// 5.3 pairs each, texts on disk (or, with --memory, in arrays), a process a size: what is held, and what a step takes.

const STEPS = 60;
/** Steps that are not counted: caches fill. */
const WARM_UP = 10;
const NEGATIVES = 5;

const words = (() => {
  const random = createRandom(1, 'words');
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: 200_000 }, () =>
    Array.from({ length: 3 + random.below(6) }, () => letters[random.below(26)]).join(''),
  );
})();

/** Functions of 40 words by Zipf's law; a query is five words of its function and one more. */
const texts = function* (functions: number, side: 'query' | 'document') {
  const random = createRandom(functions, 'texts');
  const draw = () => words[Math.floor(words.length ** random.uniform()) - 1]!;
  for (let i = 0; i < functions; i++) {
    const body = Array.from({ length: 40 }, draw);
    const query = `${[0, 1, 5, 9, 14].map((at) => body[at]).join(' ')} ${draw()} ${i}`;
    const head = `function ${body[0]}(${body[1]}, ${body[2]})`;
    yield side === 'query' ? query : `${head} { return ${body.slice(3).join(' + ')} + ${i}; }`;
  }
};

/** Each query with its function and its neighbors: 5.3 pairs a function, as the released dataset has. */
const pairsOf = (functions: number) => {
  const counts = (query: number) => 1 + (query % 10 < 7 ? NEGATIVES - 1 : NEGATIVES);
  let count = 0;
  for (let query = 0; query < functions; query++) count += counts(query);
  const pairs = {
    query: new Uint32Array(count),
    document: new Uint32Array(count),
    similarity: new Float32Array(count),
    positive: new Uint8Array(count),
  };
  const random = createRandom(functions, 'similarities');
  let p = 0;
  for (let query = 0; query < functions; query++) {
    for (let i = 0; i < counts(query); i++) {
      pairs.query[p] = query;
      pairs.document[p] = (query + i * 997) % functions;
      pairs.positive[p] = i === 0 ? 1 : 0;
      pairs.similarity[p] = (i === 0 ? 0.6 : 0) + 0.4 * random.uniform();
      p++;
    }
  }
  return pairs;
};

const megabytes = (field: 'VmHWM' | 'VmRSS') =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;

const measure = async (functions: number, inMemory: boolean) => {
  await selectBackend('wasm');
  const directory = mkdtempSync(join(tmpdir(), 'training-scale-'));
  const clock = <T>(task: () => T): [T, number] => {
    const started = process.cpuUsage();
    const value = task();
    const { user, system } = process.cpuUsage(started);
    return [value, (user + system) / 1e6];
  };
  try {
    const [queriesPath, documentsPath] = [join(directory, 'queries'), join(directory, 'documents')];
    await writeTextFile(queriesPath, texts(functions, 'query'));
    await writeTextFile(documentsPath, texts(functions, 'document'));
    const bytes = statSync(queriesPath).size + statSync(documentsPath).size;
    const files = [TextFile.open(queriesPath), TextFile.open(documentsPath)] as const;
    const [queries, documents] = inMemory ? files.map((file) => [...file]) : files;
    const dataset = { queries: queries!, documents: documents!, pairs: pairsOf(functions) };
    const [encoder, fitted] = clock(() => SubtokenBagEncoder.fit(dataset, { dimensions: 256 }));
    const started = process.cpuUsage();
    let begun = Number.NaN;
    const stop = new AbortController();
    const steps: number[] = [];
    let last = performance.now();
    await trainOasis(encoder, dataset, {
      checkpointDirectory: join(directory, 'checkpoints'),
      negativesPerQuery: 4,
      signal: stop.signal,
      onStep: ({ step }) => {
        const { user, system } = process.cpuUsage(started);
        if (step === 0) begun = (user + system) / 1e6;
        const now = performance.now();
        if (step >= WARM_UP) steps.push(now - last);
        last = now;
        if (step + 1 === STEPS) stop.abort();
      },
    }).catch((error: Error) => {
      if (!stop.signal.aborted) throw error;
    });
    const median = steps.sort((a, b) => a - b)[steps.length >> 1]!;
    const pairs = dataset.pairs.query.length;
    console.log(
      `${functions} functions, ${pairs} pairs, ${(bytes / 2 ** 30).toFixed(2)} GiB of texts in ` +
        `${inMemory ? 'memory' : 'a file'}: vocabulary ${fitted.toFixed(1)} s, checks and first step ${begun.toFixed(1)} s ` +
        `of processor; ${median.toFixed(0)} ms a step by the clock; peak ${megabytes('VmHWM').toFixed(0)} MB`,
    );
    for (const file of files) file.close();
    encoder.dispose();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const [flag, ...rest] = process.argv.slice(2);
if (flag === '--one') {
  await measure(Number(rest[0]), rest[1] === 'memory');
} else {
  const inMemory = flag === '--memory';
  const sizes = (inMemory ? rest : [flag, ...rest]).map(Number);
  if (sizes.some((size) => !(Number.isSafeInteger(size) && size >= 10_000)))
    throw new RangeError('name numbers of functions, at least 10000 each');
  for (const size of sizes) {
    execFileSync(
      process.execPath,
      [
        ...process.execArgv,
        fileURLToPath(import.meta.url),
        '--one',
        String(size),
        inMemory ? 'memory' : 'disk',
      ],
      { stdio: ['ignore', 'inherit', 'ignore'] },
    );
  }
}
