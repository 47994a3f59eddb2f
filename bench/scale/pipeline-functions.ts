/**
 * `oasis-full` itself on synthetic functions, from JSONL files to the refined dataset: processor time and peak memory.
 *
 *   npx tsx bench/scale/pipeline-functions.ts 208400 2084000
 *
 * Arguments are counts of functions, in repositories of 200; four fifths are trained on, with 5 negatives each, so that
 * 208,400 functions give a million pairs. The corpus stage runs twice, the second time with its shards kept, which
 * leaves what one process does. Everything is written below a temporary folder (OASIS_BENCH_FOLDER) and removed again.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../src/numerics/index.js';

const VERBS =
  'read write parse build find merge split sort filter load store check count encode decode join'.split(' ');
const NOUNS =
  'file vector token query tree node score label batch index header record stream buffer table edge'.split(
    ' ',
  );
const KINDS =
  'new empty sorted cached remote local first last global shared binary sparse dense quick flat safe'.split(
    ' ',
  );
const REPOSITORY = 200;
const FILE = 104_200;

/** A function whose code and docstring share words, of one to four statements of eight forms. */
const functionRow = (i: number, below: (count: number) => number) => {
  const word = (list: readonly string[]) => list[below(list.length)]!;
  const [verb, other, kind] = [word(VERBS), word(VERBS), word(KINDS)];
  const [noun, from, by] = [word(NOUNS), word(NOUNS), word(NOUNS)];
  const statements = [
    () => `  const ${noun} = ${from}.${other}(${by});\n`,
    () => `  if (!${from}) return ${below(9999)};\n`,
    () => `  for (const x of ${from}) ${by}.${other}(x + ${below(99)});\n`,
    () => `  ${from} = ${by} ? [${below(99)}, ${by}] : { ${kind}: ${below(99)} };\n`,
    () => `  while (${from}.${kind} > ${below(99)}) ${from}.${other}();\n`,
    () => `  return ${verb}(${from}, ${by}[${below(9)}]).map((y) => y.${other} * 2);\n`,
    () => `  try { ${other}(${from}); } catch (e) { throw new Error('${kind}' + e); }\n`,
    () => `  ${by}.${kind} += ${from}.length - ${below(99)};\n`,
  ];
  const body = Array.from({ length: 1 + below(4) }, () => word(statements.map((make) => make()))).join('');
  const repository = Math.floor(i / REPOSITORY);
  return {
    repository: `owner${Math.floor(repository / 4)}/project${repository}`,
    path: `src/${noun}-${(i % REPOSITORY) >> 3}.js`,
    name: `${verb}${kind}${noun}${i}`,
    language: 'javascript',
    docstring: `${verb}s the ${kind} ${noun} of a ${from} and ${other}s its ${by} number ${i}.`,
    snippet_wo_comment: `function ${verb}_${kind}_${noun}_${i}(${from}, ${by}) {\n${body}}`,
  };
};

const writeFunctions = (folder: string, count: number): string[] => {
  mkdirSync(folder, { recursive: true });
  const random = createRandom(1, 'functions');
  const below = (limit: number) => Math.floor(random.uniform() * limit);
  const paths: string[] = [];
  for (let first = 0; first < count; first += FILE) {
    const path = join(folder, `functions-${String(paths.length).padStart(5, '0')}.jsonl`);
    const file = openSync(path, 'w');
    let text = '';
    for (let i = first; i < Math.min(count, first + FILE); i++) {
      text += `${JSON.stringify(functionRow(i, below))}\n`;
      if (text.length > 1 << 22) {
        writeSync(file, text);
        text = '';
      }
    }
    writeSync(file, text);
    closeSync(file);
    paths.push(path);
  }
  return paths;
};

interface Usage {
  readonly cpu: number;
  readonly clock: number;
  readonly megabytes: number;
}

const CHILD = 'run-oasis-full';

/** The command line in a process of its own. */
const oasisFull = (args: readonly string[]): Usage => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), CHILD, ...args],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(`oasis-full ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Usage;
};

const flags =
  '--near-duplicates keep --no-dataset-jsonl --negatives 5 --twin-negatives 0 --tree-ratio 0 ' +
  '--threshold-quantile 0.95 --label-dimensions 64 --shard-size 5000';

const measure = (count: number): number => {
  const root = mkdtempSync(join(process.env.OASIS_BENCH_FOLDER ?? tmpdir(), 'oasis-functions-'));
  try {
    const out = join(root, 'run');
    const files = writeFunctions(join(root, 'functions'), count);
    const run = (until: string) =>
      oasisFull(['--functions', ...files, '--out', out, ...flags.split(' '), '--until', until]);
    const corpus = run('corpus');
    rmSync(join(out, 'stages/corpus.json'));
    const alone = run('corpus');
    const rest = run('refinement');
    const { pairs } = (
      JSON.parse(readFileSync(join(out, 'stages/annotation.json'), 'utf8')) as { summary: { pairs: number } }
    ).summary;
    const cpu = corpus.cpu + rest.cpu;
    const say = ({ cpu, clock, megabytes }: Usage) =>
      `${cpu.toFixed(1)} s CPU, ${clock.toFixed(1)} s, peak ${megabytes} MB`;
    console.log(
      `${count} functions, ${pairs} pairs: ${((1e6 * cpu) / pairs).toFixed(1)} µs CPU a pair\n` +
        `  corpus: ${say(corpus)}; what one process does of it: ${say(alone)}\n  annotation and refinement: ${say(rest)}`,
    );
    return cpu / pairs;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

if (process.argv[2] === CHILD) {
  const started = performance.now();
  process.argv.splice(2, 1);
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(
      JSON.stringify({ cpu: (user + system) / 1e6, clock: (performance.now() - started) / 1000, megabytes }),
    );
  });
  await import('../../examples/oasis-full/cli.js');
} else {
  const counts = process.argv.slice(2).map(Number);
  if (counts.length === 0 || counts.some((count) => !(Number.isSafeInteger(count) && count >= 1000)))
    throw new Error(
      `expected counts of functions of at least 1000, received ${process.argv.slice(2).join(' ')}`,
    );
  const costs = counts.map(measure);
  console.log(
    `CPU a pair against the first size: ${costs.map((cost) => (cost / costs[0]!).toFixed(2)).join(', ')}`,
  );
}
