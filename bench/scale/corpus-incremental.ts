import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { analyzeRepository, createAnalysisCache, type RepositoryAnalysis } from '../../src/corpus/index.js';

// npx tsx bench/scale/corpus-incremental.ts FOLDER [PASSES]: on a copy of FOLDER a whole analysis, one with nothing
// changed, and some after changes to the file that most others call, by processor time and by the clock, the best of
// PASSES (3). Every result is compared with that of a whole analysis.
const root = mkdtempSync(join(tmpdir(), 'incremental-'));
const passes = Number(process.argv[3] ?? 3);
const options = { repository: 'incremental', gitignore: false } as const;
const cache = createAnalysisCache({ maxBytes: 2 ** 30 });

interface Timed {
  readonly result: RepositoryAnalysis;
  readonly clock: number;
  readonly cpu: number;
  readonly parsed: number;
  readonly resolved: number;
}

const timed = async (work: () => Promise<RepositoryAnalysis>): Promise<Timed> => {
  const { misses, resolved } = cache;
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  return {
    result,
    clock: performance.now() - start,
    cpu: (user + system) / 1000,
    parsed: cache.misses - misses,
    resolved: cache.resolved - resolved,
  };
};

const best = async (work: (pass: number) => Promise<RepositoryAnalysis>): Promise<Timed> => {
  let chosen: Timed | null = null;
  for (let pass = 0; pass < passes; pass++) {
    const run = await timed(() => work(pass));
    if (chosen === null || run.cpu < chosen.cpu) chosen = run;
  }
  return chosen!;
};

const again = () => analyzeRepository(root, { ...options, cache });

try {
  cpSync(resolve(process.argv[2] ?? '.'), root, { recursive: true });
  const full = await best(() => analyzeRepository(root, options));
  const first = await timed(again);
  const { paths, functions } = full.result;
  const callers = new Map<string, number>();
  for (const { path, callers: found } of functions)
    callers.set(path, (callers.get(path) ?? 0) + found.length);
  // The file that most others call is the one whose change moves most.
  const path = [...paths].sort((a, b) => (callers.get(b) ?? 0) - (callers.get(a) ?? 0))[0]!;
  const file = join(root, path);
  const before = readFileSync(file);
  console.log(
    `${paths.length} files, ${functions.length} functions, ${full.result.calls.length} calls; changed is ${path}`,
  );
  console.log('| | Processor | Clock | | Files parsed | Calls resolved of files | |');
  console.log('|---|---|---|---|---|---|---|');
  const row = async (name: string, { cpu, clock, parsed, resolved, result }: Timed) => {
    const isSame = isDeepStrictEqual(result, await analyzeRepository(root, options));
    console.log(
      `| ${name} | ${cpu.toFixed(0)} ms | ${clock.toFixed(0)} ms | ${(full.cpu / cpu).toFixed(1)}× | ${parsed} | ${resolved} | ${isSame ? 'equal' : '**differs**'} |`,
    );
  };
  await row('whole analysis', { ...full, parsed: paths.length, resolved: paths.length });
  await row('the first with a cache', first);
  await row('nothing changed', await best(again));
  const added = await best(() => {
    appendFileSync(file, '\n');
    return again();
  });
  await row('a line added', added);
  const cut = await best((pass) => {
    writeFileSync(file, before.subarray(0, Math.floor(before.length * (0.5 + 0.01 * pass))));
    return again();
  });
  await row('its second half removed', cut);
  rmSync(file);
  await row('the file removed', await timed(again));
} finally {
  rmSync(root, { recursive: true, force: true });
}
