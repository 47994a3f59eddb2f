import { parseArgs } from 'node:util';
import { analyzeRepository, type CodeFunction, streamRepository } from '../../src/corpus/index.js';

// npx tsx bench/scale/corpus-memory.ts [--stream] [--workers 2] FOLDER: the peak memory of one analysis beside the source
// read and the text of its result, whole or file by file. Compare folders of different sizes, each in a process of its own.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '0' }, stream: { type: 'boolean', default: false } },
});
const [root] = positionals;
if (root === undefined || positionals.length > 1) throw new Error('expected one folder');

const peak = (): number => process.resourceUsage().maxRSS / 1024;
const before = peak();
const options = { gitignore: false, workers: Number(values.workers) } as const;
let [files, bytes, found, calls, text] = [0, 0, 0, 0, 0];
const count = (functions: readonly CodeFunction[]): void => {
  found += functions.length;
  for (const { source, code, doc } of functions) text += source.length + code.length + (doc?.length ?? 0);
};
if (values.stream) {
  const stream = streamRepository(root, {
    ...options,
    onSummary: (summary) => {
      ({ files, bytes } = summary);
    },
  });
  for await (const file of stream) {
    count(file.functions);
    calls += file.calls.length;
  }
} else {
  const analysis = await analyzeRepository(root, options);
  ({ files, bytes } = analysis);
  calls = analysis.calls.length;
  count(analysis.functions);
}
console.log(
  '| Files | Source | Functions | Calls | Text of the result | Peak memory | Before the analysis | Processor time |',
);
console.log('|---|---|---|---|---|---|---|---|');
const megabytes = (value: number) => `${value.toFixed(0)} MB`;
const { user, system } = process.cpuUsage();
const cells = [files, megabytes(bytes / 1e6), found, calls, megabytes(text / 1e6), megabytes(peak())];
console.log(`| ${[...cells, megabytes(before), `${((user + system) / 1e6).toFixed(1)} s`].join(' | ')} |`);
