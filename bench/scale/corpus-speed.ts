import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { analyzeRepository, type CodeFunction } from '../../src/corpus/index.js';
import { type LanguageId, loadLanguage } from '../../src/syntax/index.js';

// npx tsx bench/scale/corpus-speed.ts [--workers 2] [--passes 3] folder…: per language and in all, the whole analysis
// against nothing but web-tree-sitter's parse of the same files, by processor time and by the clock.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '0' }, passes: { type: 'string', default: '3' } },
});
const workers = Number(values.workers);

interface Cost {
  readonly cpu: number;
  readonly clock: number;
}

/** The least cost of each, over passes in which they take turns: on a busy machine both meet the same neighbors. */
const best = async (works: readonly (() => unknown)[]): Promise<Cost[]> => {
  const costs = works.map(() => ({ cpu: Number.POSITIVE_INFINITY, clock: Number.POSITIVE_INFINITY }));
  for (let pass = 0; pass < Number(values.passes); pass++) {
    for (const [at, work] of works.entries()) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      await work();
      const { user, system } = process.cpuUsage(used);
      const cost = costs[at]!;
      cost.cpu = Math.min(cost.cpu, (user + system) / 1000);
      cost.clock = Math.min(cost.clock, performance.now() - start);
    }
  }
  return costs;
};

const roots = positionals.map((path) => resolve(path));
const options = { gitignore: false } as const;
const files = new Map<string, LanguageId>();
const found: CodeFunction[] = [];
for (const root of roots) {
  const { functions } = await analyzeRepository(root, { ...options, granularity: 'file' });
  for (const { path, language } of functions) files.set(join(root, path), language);
  for (const one of (await analyzeRepository(root, options)).functions) found.push(one);
}

console.log('| Language | Files | MB | Functions | Plain parse | Analysis | Ratio | Functions/s | MB/s |');
console.log('|---|---|---|---|---|---|---|---|---|');
const row = async (name: string, languages: readonly LanguageId[]): Promise<void> => {
  const chosen = [...files].filter(([, language]) => languages.includes(language));
  const texts = chosen.map(([path, language]) => ({ language, text: readFileSync(path, 'utf8') }));
  const parsers = new Map<LanguageId, Awaited<ReturnType<typeof loadLanguage>>>();
  for (const language of languages) parsers.set(language, await loadLanguage(language));
  const count = found.filter(({ language }) => languages.includes(language)).length;
  const megabytes = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / 1e6;
  const [parse, whole] = (await best([
    () => {
      for (const { language, text } of texts) parsers.get(language)!.withTree(text, () => 0);
    },
    async () => {
      for (const root of roots) await analyzeRepository(root, { ...options, languages, workers });
    },
  ])) as [Cost, Cost];
  const seconds = whole.clock / 1000;
  const cells = [
    name,
    chosen.length,
    megabytes.toFixed(2),
    count,
    `${parse.cpu.toFixed(0)} ms (clock ${parse.clock.toFixed(0)})`,
    `${whole.cpu.toFixed(0)} ms (clock ${whole.clock.toFixed(0)})`,
    `${(whole.cpu / parse.cpu).toFixed(2)}× (clock ${(whole.clock / parse.clock).toFixed(2)}×)`,
    (count / seconds).toFixed(0),
    (megabytes / seconds).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
};
const languages = [...new Set(files.values())].sort();
for (const language of languages) await row(language, [language]);
await row('all', languages);
console.log(`memory at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB, ${workers} workers`);
