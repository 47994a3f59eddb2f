/**
 * all-MiniLM-L6-v2 itself trained by the native engine, whole or by low-rank updates: InfoNCE, CoSENT and both, with labels of
 * several teachers, over several seeds. Data, teachers and tests are those of main.ts, whose first lines say how to get them.
 *
 *   npx tsx bench/experiments/real-models/encoders.ts --run runs/lsa --models $(.ci/real-models) --part lora \
 *     --cosqa data/cosqa --general data/sts-test.csv --teachers MiniLM bge-small --seeds 3 --work runs/real-models
 *
 * A training is minutes to hours: `--docstrings N` trains on a random share of them, `--rows SLUG,SLUG` some rows alone, and
 * `--sets 'validation packages,test packages'` ranks some sets alone.
 *
 * One thread. Every 20 steps and every finished test are kept in --work: an interrupted run resumes where it left off.
 * Writes encoders-PART.json.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCells } from '../../../examples/oasis-full/pipeline/ablation/cells.js';
import {
  formatAblation,
  summarizeAblation,
} from '../../../examples/oasis-full/pipeline/ablation/summarize-ablation.js';
import { perQueryMeasure, relevantRanks } from '../../../src/metrics/index.js';
import type { OnnxTrainer } from '../../../src/onnx/index.js';
import { ablationRecord } from './ablation-record.js';
import { generalScore } from './general-set.js';
import { openPlan, type TeacherName } from './plan.js';
import {
  ENCODER_SETTINGS,
  encoderRanks,
  PARTS,
  type TrainedPart,
  withTrainedEncoder,
} from './train-encoder.js';
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
    work: { type: 'string', default: 'runs/real-models' },
    part: { type: 'string', default: 'lora' },
    rows: { type: 'string' },
    sets: { type: 'string' },
    functions: { type: 'string', default: '2560' },
    docstrings: { type: 'string', default: 'Infinity' },
    epochs: { type: 'string', default: '2' },
    seeds: { type: 'string', default: '3' },
    teachers: { type: 'string', multiple: true, default: ['MiniLM', 'bge-small'] },
  },
});
const { run, models, second, cosqa, work } = values;
if (run === undefined || models === undefined) throw new Error('--run and --models are missing');
const known: readonly TeacherName[] = ['MiniLM', 'bge-small', 'LSA'];
const teachers = [...values.teachers, ...positionals].filter((name): name is TeacherName =>
  known.includes(name as TeacherName),
);
const part = values.part as TrainedPart;
if (!(part in PARTS)) throw new Error(`--part must be lora or full, received ${values.part}`);
const epochs = Number(values.epochs);

const paths = {
  run,
  models,
  cosqa: cosqa ?? null,
  second: second ?? null,
  general: values.general ?? null,
  work,
};
const plan = await openPlan(paths, { functions: Number(values.functions), teachers });
const { pairs, student } = plan;
// Nothing is chosen by the validation packages here: they are held out like the others, and 600 functions are ranked in a minute.
const all = new Map([['validation packages', plan.validation], ...plan.tests]);
const tests = new Map(
  [...all].filter(([name]) => values.sets === undefined || values.sets.split(',').includes(name)),
);
const labeled = new Map<TeacherName, typeof pairs>();
for (const [name, teacher] of plan.teachers)
  labeled.set(name, someDocstrings(await labeledBy(pairs, teacher), Number(values.docstrings)));
const trained = labeled.get(teachers[0]!)!;
const asked = new Set(Array.from(trained.pairs.query)).size;

const wanted = values.rows?.split(',');
const rows = headRows(teachers).filter(({ slug }) => wanted === undefined || wanted.includes(slug));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const cells = seeds.flatMap((seed) => rows.map(({ slug }) => ({ slug, seed })));
const settings = { ...ENCODER_SETTINGS, ...PARTS[part], epochs, functions: values.functions, asked };
console.error(
  `${asked} docstrings, ${trained.pairs.query.length} pairs; ${cells.length} trainings (${part}) of ${epochs} epochs of ` +
    `${Math.ceil(asked / ENCODER_SETTINGS.batchQueries)} steps, up to ${3 * ENCODER_SETTINGS.batchQueries} texts each`,
);

/** Trains and measures every cell, or reads what was measured. */
const measureCells = (
  test: string,
  measure: (trainer: OnnxTrainer) => Promise<ArrayLike<number>>,
): Promise<readonly (readonly number[])[]> =>
  runCells(cells, {
    folder: join(work, 'encoders', part, test.replaceAll(' ', '-')),
    settings: { ...settings, test },
    train({ slug, seed }) {
      const { teacher, weights } = rows.find((row) => row.slug === slug)!;
      const checkpoints = join(work, 'encoders', part, 'checkpoints', `${slug}-${seed}`);
      return withTrainedEncoder(
        { model: join(models, 'all-MiniLM-L6-v2'), part, epochs, checkpoints },
        labeled.get(teacher)!,
        { weights, seed },
        async (trainer, { steps, secondsPerStep }) => {
          const started = performance.now();
          const found = Array.from(await measure(trainer));
          const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
          console.error(
            `${slug}, seed ${seed}, ${test}: ${(100 * mean).toFixed(2)}; ${steps} steps of ${secondsPerStep.toFixed(2)} s, ` +
              `test in ${((performance.now() - started) / 1000).toFixed(0)} s, ` +
              `peak ${(process.resourceUsage().maxRSS / 1024 ** 2).toFixed(1)} GiB`,
          );
          return found;
        },
      );
    },
  });

const results: unknown[] = [];
const keep = async (result: unknown) => {
  results.push(result);
  await mkdir(work, { recursive: true });
  await writeFile(join(work, `encoders-${part}.json`), `${JSON.stringify(results, null, 2)}\n`);
};
for (const [test, set] of tests) {
  const perCell = await measureCells(test, (trainer) => encoderRanks(trainer, set));
  // The published model's own, from the vectors that the heads read.
  const start = perQueryMeasure(
    relevantRanks(
      await student.of(set.queries, 'query'),
      await student.of(set.documents, 'document'),
      set.relevant,
    ),
    'mrr@1000',
  );
  const inputs = rows.map(({ name }, r) => ({
    name,
    perSeed: seeds.map((_, s) => perCell[s * rows.length + r]!),
  }));
  inputs.push({ name: 'MiniLM as it is', perSeed: seeds.map(() => [...start]) });
  const table = summarizeAblation('MRR@1000', seeds, inputs, 1);
  console.log(`\n${test}, ${part}, against ${rows[0]!.name}\n${formatAblation(table)}`);
  await keep({ test, settings, ...table, record: ablationRecord(table, 'MiniLM trained by') });
}
const { general } = plan;
if (general !== null) {
  const perCell = await measureCells('STS Benchmark', async (trainer) => {
    const embed = (texts: readonly string[]) => trainer.encode(trainer.encoder.tokenize(texts, 'query'));
    return [generalScore(await embed(general.first), await embed(general.second), general)];
  });
  const scores = rows.map(({ name }, r) => [name, seeds.map((_, s) => perCell[s * rows.length + r]![0]!)]);
  for (const [name, values] of scores) console.log(`STS Benchmark, Spearman, ${name}: ${values}`);
  await keep({ test: 'STS Benchmark', settings, scores });
}
for (const teacher of [student, ...plan.teachers.values()]) await teacher?.close();
