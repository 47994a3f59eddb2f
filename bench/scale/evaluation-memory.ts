/**
 * Time and peak memory of the evaluation stage of examples/oasis-full on synthetic functions:
 *
 *     npx tsx bench/scale/evaluation-memory.ts 20000 100000
 *
 * Every size runs in a process of its own. Functions have the length of real ones (60 words of code, 12 of docstring, by
 * Zipf's law over 50,000 words), 200 to a repository; the encoder is a subtoken bag of 384 dimensions, not trained.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import type { StageContext } from '../../examples/oasis-full/pipeline/stages/context.js';
import { evaluationStage } from '../../examples/oasis-full/pipeline/stages/evaluation.js';
import { writeJsonLines } from '../../examples/oasis-full/store/json-lines.js';
import { createRunFolder } from '../../examples/oasis-full/store/run-folder.js';
import { createRandom } from '../../src/numerics/index.js';

const VOCABULARY = 50_000;
const PER_REPOSITORY = 200;
const random = createRandom(1, 'evaluation-memory');

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const spelled = (number: number): string => {
  let text = '';
  for (let rest = number + 26; rest > 0; rest = Math.floor(rest / 26)) text += LETTERS[rest % 26];
  return `w${text}`;
};
/** Ranks by Zipf's law with exponent 1: the density of the rank is that of 1/x. */
const word = (): string => spelled(Math.floor(VOCABULARY ** (random.uint32() / 2 ** 32)) - 1);
const words = (count: number): string[] => Array.from({ length: count }, word);

function* syntheticFunctions(count: number) {
  for (let i = 0; i < count; i++) {
    const body = words(60);
    // Docstrings share some words with their code, as real ones do.
    const summary = [...body.slice(0, 5), ...words(7)].join(' ');
    const code = `def ${body[0]}_${body[1]}(${body[2]}):\n  ${body.slice(3).join(' ')}`;
    const repository = `owner-${Math.floor(i / PER_REPOSITORY)}/code`;
    yield {
      id: `${repository}#${i}`,
      repository,
      path: `${i}.py`,
      startLine: 1,
      endLine: 2,
      language: 'python',
      qualifiedName: `f${i}`,
      signature: '',
      code,
      source: `${code}\n# ${'x'.repeat(500)}`,
      summary,
      documented: true,
      split: 'test',
    };
  }
}

const megabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);

const measure = async (count: number): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'evaluation-memory-'));
  try {
    await selectBackend('wasm');
    const folder = createRunFolder(root);
    await writeJsonLines(folder.path('functions'), syntheticFunctions(count));
    const vocabulary = Array.from({ length: VOCABULARY }, (_, i) => spelled(i));
    const encoder = SubtokenBagEncoder.fit(
      { queries: vocabulary, documents: vocabulary },
      { dimensions: 384, seed: 1 },
    );
    for (const name of ['model', 'untrainedModel'] as const) await encoder.save(folder.path(name));
    encoder.dispose();
    const before = megabytes();
    const started = performance.now();
    let since = started;
    let phase = '';
    const say = (name: string) => {
      const now = performance.now();
      if (phase !== '') console.log(`  ${phase}: ${((now - since) / 1000).toFixed(1)} s, ${megabytes()} MB`);
      [since, phase] = [now, name];
    };
    const progress = {
      startStage() {},
      update(done: number, _total: number, note = '') {
        if (note !== phase || done === 1) say(note);
      },
      line() {},
      finishStage() {},
    };
    const options = { seed: 1, testFunctions: count, training: {} };
    const context = { options, folder, progress, threads: 2 } as unknown as StageContext;
    await evaluationStage(context, {} as never, {} as never).run();
    say('');
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${count} functions: ${seconds} s, peak ${megabytes()} MB, ${before} MB before the stage`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const [own, ...sizes] = process.argv.slice(2);
if (own === '--one') await measure(Number(sizes[0]));
else {
  for (const size of [own, ...sizes].filter((text) => text !== undefined)) {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--one', size];
    spawnSync(process.execPath, args, { stdio: 'inherit' });
  }
}
