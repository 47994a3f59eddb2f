/**
 * Trains a general model on the functions of collect.ts, by the recipe: a bag of subtokens that starts from what a
 * pretrained model says of each word.
 *
 *   npx tsx bench/experiments/general-model/train.ts FUNCTIONS.jsonl OUT --teacher MODEL --vectors FOLDER [options]
 *
 * MODEL is a model's folder or ONNX file. Its vectors, and the start, are kept in FOLDER: other options read them. With `--from DIR`
 * an earlier model is the start; `--cosent 0` asks the teacher for nothing. OUT gets the model, at one byte a number, that was best on the packages held out. A training that was interrupted goes on from OUT-checkpoints.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type DenseMatrix, encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { perQueryMeasure, relevantRanks } from 'oasis-embed/metrics';
import { sampleInRepoNegatives } from 'oasis-embed/sampling';
import { selectBackend, trainOasis } from 'oasis-embed/training';
import { openTeacher } from './teacher.js';
import { readGeneralFunctions, trainingTexts, validationSets } from './texts.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    teacher: { type: 'string' },
    from: { type: 'string' },
    vectors: { type: 'string' },
    share: { type: 'string', default: '0.7' },
    dimensions: { type: 'string', default: '512' },
    epochs: { type: 'string', default: '3' },
    'learning-rate': { type: 'string', default: '0.0007' },
    temperature: { type: 'string', default: '0.05' },
    cosent: { type: 'string', default: '0.15' },
    batch: { type: 'string', default: '256' },
    negatives: { type: 'string', default: '1' },
    dropout: { type: 'string', default: '0.3' },
    idf: { type: 'string', default: '0.25' },
    gates: { type: 'string', default: '1.5,0.7,-0.3' },
    subword: { type: 'string', default: '0.9' },
  },
});
const [input, out] = positionals;
if (input === undefined || out === undefined || !values.teacher || !values.vectors)
  throw new Error('expected the file of functions, the folder to write, --teacher and --vectors');

const say = (text: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
const { training, validation } = readGeneralFunctions(input);
const teacher = await openTeacher(values.teacher, values.vectors);
await selectBackend('wasm');

const texts = trainingTexts(training);
say(`${training.length} functions, ${texts.queries.length} queries, ${texts.documents.length} documents`);

const share = Number(values.share);
const bagOptions = {
  dimensions: Number(values.dimensions),
  dropout: Number(values.dropout),
  documentIdfPower: Number(values.idf),
  fieldGates: values.gates.split(',').map(Number),
  subwordShare: Number(values.subword),
  maximumTerms: 60_000,
  words: teacher.words,
};
const corpus = {
  queries: training.map(({ summary }) => summary),
  documents: training.map(({ code }) => code),
};
const saved = `${values.vectors}/start-${values.dimensions}-${values.share}-false-${values.idf}-${values.gates}-${values.subword}-${values.dropout}`;
const encoder = values.from
  ? await SubtokenBagEncoder.load(values.from)
  : existsSync(`${saved}/config.json`)
    ? await SubtokenBagEncoder.load(saved)
    : share > 0
      ? await SubtokenBagEncoder.fromModel(teacher, corpus, { ...bagOptions, modelShare: share })
      : SubtokenBagEncoder.fit(corpus, bagOptions);
if (!values.from) await encoder.save(saved);
say(`${encoder.vocabulary.terms.length} terms`);

const sets = validationSets(validation);
const evaluate = async (label: string) => {
  const rows: [string, number][] = [];
  for (const [name, { queries, documents, relevant }] of sets) {
    const ranks = relevantRanks(
      await encodeTexts(encoder, queries, 'query'),
      await encodeTexts(encoder, documents, 'document'),
      relevant,
    );
    const mrr = perQueryMeasure(ranks, 'mrr@1000');
    rows.push([name, (100 * mrr.reduce((sum, value) => sum + value, 0)) / mrr.length]);
  }
  const languages = rows.filter(([name]) => name.startsWith('code/'));
  const mean = languages.reduce((sum, [, value]) => sum + value, 0) / languages.length;
  say(
    `${label}: languages ${mean.toFixed(2)} ${rows.map(([name, value]) => `${name.replace('code/', '')} ${value.toFixed(1)}`).join(' ')}`,
  );
};
if (!values.from) await evaluate('start');

const cosent = Number(values.cosent);
/** InfoNCE alone reads no labels. */
const teaches = cosent > 0;
const labels = await teacher.embed(teaches ? texts.querySources : []);
const documentLabels = await teacher.embed(teaches ? texts.documentSources : []);
const dot = (a: DenseMatrix, i: number, b: DenseMatrix, j: number) => {
  let sum = 0;
  for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k]! * b.data[j * b.columns + k]!;
  return Math.min(1 - 2 ** -24, Math.max(0, sum));
};
const negatives = sampleInRepoNegatives(texts.sampled, { k: 6, seed: 1 });
const seen = new Set<string>();
const pairs = {
  query: [] as number[],
  document: [] as number[],
  similarity: [] as number[],
  positive: [] as number[],
};
const add = (query: number, document: number, positive: number) => {
  const key = `${query} ${document}`;
  if (seen.has(key)) return;
  seen.add(key);
  pairs.query.push(query);
  pairs.document.push(document);
  pairs.similarity.push(teaches ? dot(labels, query, documentLabels, document) : positive / 2);
  pairs.positive.push(positive);
};
for (const [query, document] of texts.positives) add(query, document, 1);
for (let p = 0; p < negatives.query.length; p++)
  add(texts.positives[negatives.query[p]!]![0], texts.positives[negatives.document[p]!]![1], 0);

const validationSet = sets.get('validation')!;
const started = performance.now();
const run = await trainOasis(
  encoder,
  {
    queries: texts.queries,
    documents: texts.documents,
    pairs,
    ...(teaches ? { teacher: { queries: labels, documents: documentLabels } } : {}),
  },
  {
    weights: { infoNce: 1 - cosent, cosent },
    ...(teaches ? { cosent: { groups: 'query' as const } } : {}),
    ...(teaches ? { labels: 'batch' as const } : {}),
    temperature: Number(values.temperature),
    batchQueries: Number(values.batch),
    positivesPerQuery: 1,
    negativesPerQuery: Number(values.negatives),
    epochs: Number(values.epochs),
    learningRate: Number(values['learning-rate']),
    validation: validationSet,
    evaluateEvery: 60,
    patience: 4,
    checkpointDirectory: `${out}-checkpoints`,
    checkpointEvery: 40,
    onStep: ({ step, loss, infoNce, cosent: order }, { totalSteps, stepsPerSecond }) => {
      if (step % 10 === 0)
        say(
          `step ${step} of ${totalSteps}: ${loss.toFixed(3)} = ${infoNce.toFixed(3)}, ${order?.toFixed(3)}; ${stepsPerSecond.toFixed(2)}/s`,
        );
    },
    onEvaluation: ({ step, mrr }) => say(`step ${step}: validation MRR ${(100 * mrr).toFixed(2)}`),
  },
);
say(
  `${run.steps.length} steps in ${((performance.now() - started) / 1000).toFixed(0)} s, best ${run.best?.step}`,
);
await evaluate('trained');
await encoder.save(out, { precision: 'int8' });
writeFileSync(
  `${out}/training.json`,
  `${JSON.stringify({ ...values, steps: run.steps.length, best: run.best }, null, 2)}\n`,
);
await teacher.close();
