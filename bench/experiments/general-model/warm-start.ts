/**
 * What a general model gives a training on a repository of one's own: MRR@1000 of the model trained on the repository alone, of the
 * general model as it is, and of the general model trained further on the repository.
 *
 *   npx tsx bench/experiments/general-model/warm-start.ts GENERAL NAME=OWN-RUN,WARM-RUN…
 *
 * The runs are finished ones of `oasis-full run --repos R --seed S`, the second with `--encoder GENERAL`: the same split. Each
 * docstring of the held-out files asks for its function among theirs. Intervals are by paired bootstrap over questions, all runs
 * together.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { bootstrapInterval, perQueryMeasure, relevantRanks } from 'oasis-embed/metrics';
import { selectBackend } from 'oasis-embed/training';
import { splitSet } from '../real-models/retrieval-sets.js';

const SYSTEMS = ['untrained', 'own', 'general', 'general + own'] as const;
const [general, ...runs] = process.argv.slice(2);
if (general === undefined || runs.length === 0)
  throw new Error('expected the folder of a model and NAME=OWN-RUN,WARM-RUN');

const functionIds = (run: string): string =>
  readFileSync(join(run, 'functions.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly id: string; readonly split: string })
    .filter(({ split }) => split === 'test')
    .map(({ id }) => id)
    .sort()
    .join();

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number): string => (100 * value).toFixed(2);
const table = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

await selectBackend('wasm');
const all = new Map<string, number[]>(SYSTEMS.map((system) => [system, []]));
table(['Run', 'Questions', ...SYSTEMS]);
table(['---', '---', ...SYSTEMS.map(() => '---')]);
for (const run of runs) {
  const [name, folders = ''] = run.split('=');
  const [own, warm] = folders.split(',') as [string, string];
  if (functionIds(own) !== functionIds(warm))
    throw new Error(`${name}: the two runs hold out other functions`);
  const { queries, documents, relevant } = await splitSet(own, 'test');
  const models = [join(own, 'model-untrained'), join(own, 'model'), general, join(warm, 'model')];
  const means: string[] = [];
  for (const [i, folder] of models.entries()) {
    const encoder = await SubtokenBagEncoder.load(folder);
    const asked = await encodeTexts(encoder, queries, 'query');
    const ranks = relevantRanks(asked, await encodeTexts(encoder, documents, 'document'), relevant);
    const values = [...perQueryMeasure(ranks, 'mrr@1000')];
    all.get(SYSTEMS[i]!)!.push(...values);
    means.push(percent(mean(values)));
    encoder.dispose();
  }
  table([name!, queries.length, ...means]);
}
table(['all questions', all.get('own')!.length, ...SYSTEMS.map((system) => percent(mean(all.get(system)!)))]);
console.log('');
for (const [a, b] of [
  ['own', 'untrained'],
  ['general', 'own'],
  ['general + own', 'own'],
  ['general + own', 'general'],
] as const) {
  const differences = all.get(a)!.map((value, i) => value - all.get(b)![i]!);
  const { low, high } = bootstrapInterval(differences);
  console.log(`${a} minus ${b}: ${percent(mean(differences))} [${percent(low)}, ${percent(high)}]`);
}
