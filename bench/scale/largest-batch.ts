/**
 * The largest batch of texts of 128 tokens that trains in 16 GiB: the peak of two small batches, each in a process of its own, gives
 * what a text adds; --confirm runs the batch that follows. Beside PyTorch where --python names one.
 *
 *   npx tsx bench/scale/largest-batch.ts minilm --quick
 *   npx tsx bench/scale/largest-batch.ts qwen3-0.6b --python $PYTHON --confirm
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODEL_SHAPES } from '../inputs/model-shapes.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    gib: { type: 'string', default: '16' },
    lora: { type: 'string' },
    python: { type: 'string' },
    confirm: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const [shape = 'minilm'] = positionals;
const room = Number(values.gib);
const [small, large] = values.quick ? [8, 16] : [32, 64];

/** GiB at the peak of two steps: the first allocates gradients and moments, the second has them all. */
type Peak = (texts: number) => number;

const peakOf = (command: string, args: readonly string[]): number => {
  const said = execFileSync(command, args, { encoding: 'utf8' });
  process.stdout.write(`  ${said}`);
  return Number(/peak ([\d.]+) GiB/.exec(said)?.[1]);
};

const lora = values.lora === undefined ? [] : ['--lora', values.lora];
const ours: Peak = (texts) =>
  peakOf(process.execPath, [
    ...process.execArgv,
    join(import.meta.dirname, 'native-models.ts'),
    shape,
    '--texts',
    String(texts),
    ...lora,
  ]);
const theirs =
  (python: string): Peak =>
  (texts) =>
    peakOf(python, [
      join(import.meta.dirname, '../peers/python/transformer_memory.py'),
      '2',
      String(texts),
      JSON.stringify(MODEL_SHAPES[shape]),
      ...lora.slice(1),
    ]);

const measure = (name: string, peak: Peak): void => {
  const [low, high] = [peak(small), peak(large)];
  const each = (high - low) / (large - small);
  if (!(each > 0)) {
    console.log(`${name}: ${large} texts peak no higher than ${small}: no batch follows`);
    return;
  }
  const most = Math.floor(small + (room - low) / each);
  const grows = `${(each * 1024).toFixed(1)} MiB a text`;
  console.log(`${name}, ${shape}: ${grows}, so that ${most} texts fit into ${room} GiB`);
  if (values.confirm) console.log(`${name}, ${most} texts: ${peak(most).toFixed(2)} GiB`);
};

measure('OnnxTrainer', ours);
if (values.python !== undefined) measure('PyTorch', theirs(values.python));
