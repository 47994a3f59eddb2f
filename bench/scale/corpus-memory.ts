import { parseArgs } from 'node:util';
import { analyzeRepository } from '../../src/corpus/index.js';

// npx tsx bench/scale/corpus-memory.ts [--workers 2] FOLDER: the peak memory of one analysis beside the source read and
// the text of its result. Compare folders of different sizes, each in a process of its own.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '0' } },
});
const [root] = positionals;
if (root === undefined || positionals.length > 1) throw new Error('expected one folder');

const peak = (): number => process.resourceUsage().maxRSS / 1024;
const before = peak();
const { files, bytes, functions, calls } = await analyzeRepository(root, {
  gitignore: false,
  workers: Number(values.workers),
});
const text = functions.reduce(
  (sum, { source, code, doc }) => sum + source.length + code.length + (doc?.length ?? 0),
  0,
);
console.log(
  '| Files | Source | Functions | Calls | Text of the result | Peak memory | Before the analysis |',
);
console.log('|---|---|---|---|---|---|---|');
const megabytes = (value: number) => `${value.toFixed(0)} MB`;
console.log(
  `| ${[files, megabytes(bytes / 1e6), functions.length, calls.length, megabytes(text / 1e6), megabytes(peak()), megabytes(before)].join(' | ')} |`,
);
