/**
 * Two models on the packages held out of training, question by question: MRR@1000 and its difference with its paired 95% bootstrap
 * interval, for each set that choices are made on.
 *
 *   npx tsx bench/experiments/general-model/compare-validation.ts FUNCTIONS.jsonl A B
 */
import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { bootstrapInterval, perQueryMeasure, relevantRanks } from 'oasis-embed/metrics';
import { selectBackend } from 'oasis-embed/training';
import { readGeneralFunctions, validationSets } from './texts.js';

const [input, a, b] = process.argv.slice(2);
if (input === undefined || a === undefined || b === undefined)
  throw new Error('expected the file of functions and the folders of two models');
await selectBackend('wasm');
const models = [await SubtokenBagEncoder.load(a), await SubtokenBagEncoder.load(b)];
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number) => (100 * value).toFixed(2);
for (const [name, { queries, documents, relevant }] of validationSets(
  readGeneralFunctions(input).validation,
)) {
  const values: Float64Array[] = [];
  for (const model of models) {
    const asked = await encodeTexts(model, queries, 'query');
    const ranks = relevantRanks(asked, await encodeTexts(model, documents, 'document'), relevant);
    values.push(perQueryMeasure(ranks, 'mrr@1000'));
  }
  const [own, theirs] = values as [Float64Array, Float64Array];
  const { low, high } = bootstrapInterval(own.map((value, q) => value - theirs[q]!));
  const difference = `${percent(mean(own) - mean(theirs))} [${percent(low)}, ${percent(high)}]`;
  console.log(
    `${name} (${own.length}): ${percent(mean(own))}, ${percent(mean(theirs))}, difference ${difference}`,
  );
}
