/**
 * One training step of `OnnxTrainer` at the shapes of published models, with random weights: processor time of the quicker of
 * two steps, and the peak of the process's memory.
 *
 *   npx tsx bench/scale/native-models.ts minilm --texts 32 --tokens 128
 *   npx tsx bench/scale/native-models.ts qwen3-0.6b --texts 8 --tokens 128 --tokens-per-pass 1024 --lora 8
 *   npx tsx bench/scale/native-models.ts minilm --texts 8 --tokens 512 --recompute-layers
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type EmbeddingLoss, OnnxEncoder, OnnxTrainer } from '../../src/onnx/index.js';
import { shapeFolder } from '../inputs/model-shapes.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    texts: { type: 'string', default: '32' },
    tokens: { type: 'string', default: '128' },
    'tokens-per-pass': { type: 'string', default: '4096' },
    steps: { type: 'string', default: '2' },
    lora: { type: 'string' },
    'recompute-layers': { type: 'boolean', default: false },
    dropout: { type: 'string', default: '0' },
  },
});

const [name = 'minilm'] = positionals;
const [count, length] = [Number(values.texts), Number(values.tokens)];
const encoder = await OnnxEncoder.load(await shapeFolder(name), {
  maximumLength: length,
  tokensPerPass: Number(values['tokens-per-pass']),
});
const trainer = await OnnxTrainer.create(encoder, {
  recomputeLayers: values['recompute-layers'],
  dropout: Number(values.dropout),
  ...(values.lora === undefined ? {} : { lora: { rank: Number(values.lora) } }),
});
const words = (text: number) => Array.from({ length: 2 * length }, (_, i) => (text * 31 + i * 7) % 10);
const texts = Array.from({ length: count }, (_, text) => words(text).join(' '));
const tokens = encoder.tokenize(texts, 'document');
/** Along a fixed direction: losses are measured elsewhere. */
const loss: EmbeddingLoss = ({ data }) => ({ value: 1, gradient: data.map((_, i) => Math.sin(i + 1) / 10) });

let [processor, clock] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
for (let step = 0; step < Number(values.steps); step++) {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await trainer.step(tokens, loss, 1e-5);
  const { user, system } = process.cpuUsage(before);
  processor = Math.min(processor, (user + system) / 1e6);
  clock = Math.min(clock, (performance.now() - start) / 1e3);
}
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
console.log(
  `${name}, ${count} × ${length} tokens: ${processor.toFixed(1)} s of processor, ${clock.toFixed(1)} s by the clock, ` +
    `peak ${(Number(peak) / 2 ** 20).toFixed(2)} GiB`,
);
await trainer.close();
await encoder.close();
