import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { analyzeRepository, createAnalysisCache } from '../../src/corpus/index.js';

// npx tsx bench/scale/corpus-incremental.ts FOLDER [PASSES]: a whole analysis, one with nothing changed, and one after a line was added
// to a file, by processor time and by the clock, the best of PASSES (3). The file gets its content back.
const root = resolve(process.argv[2] ?? '.');
const passes = Number(process.argv[3] ?? 3);
const options = { gitignore: false } as const;

const timed = async <T>(work: () => Promise<T>) => {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  return { result, clock: performance.now() - start, cpu: (user + system) / 1000 };
};

const best = async <T>(work: () => Promise<T>) => {
  const runs = [await timed(work)];
  while (runs.length < passes) runs.push(await timed(work));
  return runs.reduce((a, b) => (b.cpu < a.cpu ? b : a));
};

const cache = createAnalysisCache({ maxBytes: 2 ** 30 });
const full = await best(() => analyzeRepository(root, options));
await analyzeRepository(root, { ...options, cache });
const same = await best(() => analyzeRepository(root, { ...options, cache }));
const { paths, functions } = full.result;
const callers = new Map<string, number>();
for (const { path, callers: found } of functions) callers.set(path, (callers.get(path) ?? 0) + found.length);
// The file that most others call is the one whose change moves most.
const path = [...paths].sort((a, b) => (callers.get(b) ?? 0) - (callers.get(a) ?? 0))[0]!;
const file = join(root, path);
const before = readFileSync(file);
try {
  const changed = await best(() => {
    appendFileSync(file, '\n');
    return analyzeRepository(root, { ...options, cache });
  });
  const again = await analyzeRepository(root, options);
  const row = (name: string, { cpu, clock }: { cpu: number; clock: number }) =>
    console.log(
      `| ${name} | ${cpu.toFixed(0)} ms | ${clock.toFixed(0)} ms | ${(full.cpu / cpu).toFixed(1)}× |`,
    );
  console.log(
    `${paths.length} files, ${functions.length} functions, ${full.result.calls.length} calls; ${path}`,
  );
  console.log('| | Processor | Clock | |\n|---|---|---|---|');
  row('whole analysis', full);
  row('nothing changed', same);
  row('one file changed', changed);
  console.log(
    isDeepStrictEqual(changed.result, again) ? 'equal to a whole analysis' : 'DIFFERS from a whole analysis',
  );
} finally {
  writeFileSync(file, before);
}
