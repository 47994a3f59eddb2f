/**
 * One training step of `OnnxTrainer` at the shapes of published models, with random weights: processor time of the quicker of
 * two steps, the peak of the process's memory, and how far it rose in the steps. Beside PyTorch's MiniLM:
 * python bench/peers/python/transformer_memory.py
 *
 *   npx tsx bench/scale/native-models.ts minilm --texts 32 --tokens 128
 *   npx tsx bench/scale/native-models.ts qwen3-0.6b --texts 8 --tokens 128 --tokens-per-pass 1024 --lora 8
 *   npx tsx bench/scale/native-models.ts minilm --texts 8 --tokens 512 --recompute-layers
 */
import { readFileSync, writeFileSync } from 'node:fs';
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

const memory = (field: string) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
const highest = memory('VmHWM');
const resident = memory('VmRSS');
// From here on the peak is that of the steps.
writeFileSync('/proc/self/clear_refs', '5');
const rises: number[] = [];
let [processor, clock] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
for (let step = 0; step < Number(values.steps); step++) {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await trainer.step(tokens, loss, 1e-5);
  const { user, system } = process.cpuUsage(before);
  processor = Math.min(processor, (user + system) / 1e6);
  clock = Math.min(clock, (performance.now() - start) / 1e3);
  rises.push(Math.round(memory('VmHWM') - resident));
}
console.log(
  `${name}, ${count} × ${length} tokens: ${processor.toFixed(1)} s of processor, ${clock.toFixed(1)} s by the clock, ` +
    `peak ${(Math.max(highest, memory('VmHWM')) / 1024).toFixed(2)} GiB, risen by ${rises.join(', ')} MiB`,
);
await trainer.close();
await encoder.close();
