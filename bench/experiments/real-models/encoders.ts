/**
 * all-MiniLM-L6-v2 itself trained by the native engine, whole or by low-rank updates: InfoNCE, CoSENT and both, with labels of
 * several teachers, over several seeds; each finished model is ranked on every set. Data, teachers and tests are those of main.ts, whose
 * first lines say how to get them; `--library-code` is the Code2Code set of bench/code-to-code.
 *
 *   npx tsx bench/experiments/real-models/encoders.ts --run runs/lsa --models $(.ci/real-models) --part lora \
 *     --second data/second --cosqa data/cosqa --general data/sts-test.csv --library-code data/library-code \
 *     --teachers bge-small --seeds 2 --work runs/real-models
 *   npx tsx bench/experiments/real-models/encoder-tables.ts runs/real-models/encoders.jsonl
 *
 * A training is minutes to hours: `--docstrings N` trains on a random share of them, `--rows SLUG,SLUG` some rows alone, `--sets` ranks
 * some sets alone, `--maximum-length` cuts texts. Rows besides those of main.ts: `start`, the published model. `--folder SLUG=FOLDER`
 * measures a model that another tool has trained, and `--export-batches FOLDER` writes the batches of the first row for encoders.py.
 *
 * One thread. Every ten steps are kept in --work, and every finished measurement is a line of encoders.jsonl: an interrupted run resumes
 * where it left off.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadLibraryCode } from '../../../src/benchmarks/index.js';
import { exportBatches } from './export-batches.js';
import { type EncoderSet, measureEncoder } from './measure-encoder.js';
import { openPlan, type TeacherName } from './plan.js';
import { ENCODER_SETTINGS, PARTS, type TrainedPart, trainEncoder } from './train-encoder.js';
import { headRows, labeledBy } from './train-heads.js';
import { someDocstrings } from './training-pairs.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string' },
    models: { type: 'string' },
    second: { type: 'string' },
    cosqa: { type: 'string' },
    general: { type: 'string' },
    'library-code': { type: 'string' },
    work: { type: 'string', default: 'runs/real-models' },
    part: { type: 'string', default: 'lora' },
    rows: { type: 'string' },
    sets: { type: 'string' },
    functions: { type: 'string', default: '2560' },
    docstrings: { type: 'string', default: 'Infinity' },
    'maximum-length': { type: 'string', default: '96' },
    epochs: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '3' },
    folder: { type: 'string', multiple: true, default: [] },
    'export-batches': { type: 'string' },
    teachers: { type: 'string', multiple: true, default: ['MiniLM', 'bge-small'] },
  },
});
const { run, models, work } = values;
if (run === undefined || models === undefined) throw new Error('--run and --models are missing');
const known: readonly TeacherName[] = ['MiniLM', 'bge-small', 'LSA'];
const teachers = [...values.teachers, ...positionals].filter((name): name is TeacherName =>
  known.includes(name as TeacherName),
);
const part = values.part as TrainedPart;
if (!(part in PARTS)) throw new Error(`--part must be lora or full, received ${values.part}`);
const epochs = Number(values.epochs);
const maximumLength = Number(values['maximum-length']);

const paths = {
  run,
  models,
  cosqa: values.cosqa ?? null,
  second: values.second ?? null,
  general: values.general ?? null,
  work,
};
const plan = await openPlan(paths, { functions: Number(values.functions), teachers });
const { pairs, general } = plan;

// Nothing is chosen by the validation packages but the teacher, where two are compared.
const sets = new Map<string, EncoderSet>(
  [['validation packages', plan.validation] as const, ...plan.tests].map(([name, set]) => [
    name,
    { kind: 'retrieval', set },
  ]),
);
if (general !== null) sets.set('STS Benchmark', { kind: 'general', set: general });
const library = values['library-code'];
if (library !== undefined)
  sets.set('Code2Code', { kind: 'code', task: await loadLibraryCode(library, 'independent') });
const measuredSets = [...sets].filter(([name]) => values.sets?.split(',').includes(name) ?? true);

const labeled = new Map<TeacherName, typeof pairs>();
for (const [name, teacher] of plan.teachers) {
  labeled.set(name, someDocstrings(await labeledBy(pairs, teacher), Number(values.docstrings)));
  await teacher?.close();
}
await plan.student.close();
const trained = labeled.get(teachers[0]!)!;
const asked = new Set(Array.from(trained.pairs.query)).size;
const settings = { ...ENCODER_SETTINGS, ...PARTS[part], part, epochs, asked, maximumLength };

const log = join(work, 'encoders.jsonl');
mkdirSync(work, { recursive: true });
/** A finished measurement. */
const keyOf = (slug: string, seed: number, set: string) => JSON.stringify([slug, seed, set, settings]);
const done = new Set(
  (existsSync(log) ? readFileSync(log, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map(({ slug, seed, set, settings }) => JSON.stringify([slug, seed, set, settings])),
);

const measure = async (slug: string, name: string, seed: number, folder: string, cost: object | null) => {
  for (const [set, measured] of measuredSets) {
    if (done.has(keyOf(slug, seed, set))) continue;
    const started = process.cpuUsage();
    const values = await measureEncoder(folder, measured, maximumLength);
    const { user, system } = process.cpuUsage(started);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const processorSeconds = (user + system) / 1e6;
    appendFileSync(
      log,
      `${JSON.stringify({ slug, name, seed, set, settings, mean, processorSeconds, cost, values })}\n`,
    );
    console.error(
      `${slug}, seed ${seed}, ${set}: ${(100 * mean).toFixed(2)} in ${processorSeconds.toFixed(0)} s of processor`,
    );
  }
};

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => Number(values.seed) + i);
const wanted = values.rows?.split(',');
const rows = headRows(teachers).filter(({ slug }) => wanted?.includes(slug) ?? true);
console.error(
  `${asked} docstrings, ${trained.pairs.query.length} pairs; ${rows.length * seeds.length} trainings (${part}) of ${epochs} epochs of ` +
    `${Math.ceil(asked / ENCODER_SETTINGS.batchQueries)} steps, up to ${3 * ENCODER_SETTINGS.batchQueries} texts each`,
);
const model = join(models, 'all-MiniLM-L6-v2');
if (values['export-batches'] !== undefined) {
  for (const seed of seeds)
    await exportBatches(values['export-batches'], trained, {
      settings: { ...settings, seed },
      lora: PARTS[part].lora ?? null,
      model,
    });
} else {
  for (const given of values.folder) {
    const [slug, folder] = given.split('=') as [string, string];
    await measure(slug, slug, seeds[0]!, folder, null);
  }
  if (wanted?.includes('start') ?? true) await measure('start', 'MiniLM as it is', 0, model, null);
  for (const seed of seeds)
    for (const { slug, name, teacher, weights } of rows) {
      const folder = join(work, 'encoders', `${part}-${maximumLength}-${asked}-${epochs}`, `${slug}-${seed}`);
      const plan = { model, part, epochs, maximumLength };
      const cost = await trainEncoder(plan, labeled.get(teacher)!, { weights }, { seed, folder });
      if (cost !== null)
        console.error(
          `${slug}, seed ${seed}: ${cost.processorSecondsPerStep.toFixed(2)} s of processor a step`,
        );
      await measure(slug, name, seed, join(folder, 'model'), cost);
    }
}
