/**
 * What a developer waits for: the index of a folder, the index again, after one change, the first answer of a new process, and
 * further answers of an open one.
 *
 *   npm run build && npm run build --workspace oasis-full
 *   npx tsx bench/search/marks.ts FOLDER [MODEL]
 *
 * Commands run as they are installed, from their builds. FOLDER is copied, so that a file of it may be changed. Times are by the
 * clock; in brackets the processor time of all threads, which counts where a machine is shared.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSearchIndex } from '../../examples/oasis-full/search/search-index.js';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(here, '../../examples/oasis-full/dist/bin.js');
const [folder, model] = process.argv.slice(2);
if (folder === undefined || !existsSync(command))
  throw new Error('expected a folder, and oasis-full built (npm run build --workspace oasis-full)');

const QUESTIONS = 200;
const WARM_UP = 20;
const TOP = 10;
const scratch = mkdtempSync(join(tmpdir(), 'oasis-marks-'));
const copy = join(scratch, basename(folder));
const out = join(scratch, 'index');
const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

interface Cost {
  readonly seconds: number;
  readonly cpu: number;
  readonly printed: string;
}

const timed = (...words: readonly string[]): Cost => {
  const quoted = [process.execPath, command, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const script = `TIMEFORMAT='%R %U %S'; { time ${quoted.join(' ')} 2>/dev/null; } 2>&1`;
  const lines = execFileSync('bash', ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .trim()
    .split('\n');
  const [seconds, user, system] = lines.at(-1)!.split(' ').map(Number) as [number, number, number];
  return { seconds, cpu: user + system, printed: lines.slice(0, -1).join('\n') };
};
const best = (costs: readonly Cost[]): Cost => costs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
const shown = ({ seconds, cpu }: Cost) => `${seconds.toFixed(2)} s (${cpu.toFixed(2)} s)`;

try {
  cpSync(folder, copy, { recursive: true, filter: (path) => basename(path) !== '.git' });
  const indexing = ['index', copy, '--out', out, '--model', model ?? 'none'];
  const cold = timed(...indexing);
  const again = timed(...indexing);
  const index = await openSearchIndex(out);
  const { size, functionCount } = index;
  const rows = Array.from({ length: QUESTIONS }, (_, i) => Math.floor((i * size) / QUESTIONS));
  const entries = await index.functions(rows);
  // Half by words, half by name.
  const questions = entries.map(({ summary, qualifiedName }, i) =>
    i % 2 === 0 && summary !== null ? summary.slice(0, 200) : qualifiedName.replaceAll('.', ' '),
  );
  for (const question of questions.slice(0, WARM_UP)) await index.search(question, { top: TOP });
  const cpu = process.cpuUsage();
  const times: number[] = [];
  for (const question of questions) {
    const started = performance.now();
    await index.search(question, { top: TOP });
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  await index.close();
  appendFileSync(join(copy, entries[0]!.path), '\n');
  const changed = timed(...indexing);
  const first = best(Array.from({ length: 3 }, () => timed('search', questions[0]!, '--run', out)));
  row([
    'Folder',
    'Entries, functions',
    'Index',
    'Again',
    'After a change',
    'First answer',
    'Next, median (CPU)',
    '95th',
  ]);
  row(Array.from({ length: 8 }, () => '---'));
  row([
    basename(folder),
    `${size}, ${functionCount}`,
    ...[cold, again, changed, first].map(shown),
    `${times[QUESTIONS / 2]!.toFixed(1)} ms (${((user + system) / 1000 / QUESTIONS).toFixed(1)} ms)`,
    `${times[Math.floor(0.95 * QUESTIONS)]!.toFixed(1)} ms`,
  ]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
