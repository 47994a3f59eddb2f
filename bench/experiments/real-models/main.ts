/**
 * Heads over the vectors of all-MiniLM-L6-v2, trained by InfoNCE, by CoSENT and by both with labels of several teachers, over several
 * seeds: held-out packages of the default run, packages that no choice was made by, and CoSQA zero-shot.
 *
 *   npm run oasis-full -- --out runs/lsa
 *   npm install --prefix data/second --ignore-scripts sequelize@6.37.8 typeorm@1.1.1 konva@10.9.1 winston@3.19.0
 *   npx tsx bench/experiments/real-models/main.ts --run runs/lsa --models $(.ci/real-models) --second data/second \
 *     --cosqa data/cosqa --general data/sts-test.csv --teachers MiniLM bge-small LSA --seeds 5 --work runs/real-models
 *
 * `--orders bge-small` adds rows in which CoSENT orders whole batches by that teacher. `--student bge-small` reads the vectors of that model
 * instead; give each student a --work of its own.
 *
 * One thread. Vectors and finished trainings are kept in --work: an interrupted run resumes where it left off. It writes results.json
 * and, for heads.py beside this file, what sentence-transformers trains on. Once heads.py has run, the same command adds its rows.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCells } from '../../../examples/oasis-full/pipeline/ablation/cells.js';
import {
  formatAblation,
  summarizeAblation,
} from '../../../examples/oasis-full/pipeline/ablation/summarize-ablation.js';
import { selectBackend } from '../../../src/training/index.js';
import { ablationRecord } from './ablation-record.js';
import { exportForPython } from './export-for-python.js';
import { openPlan, STUDENTS, type TeacherName } from './plan.js';
import { embedded, headRows, labeledBy, orderRows, SETTINGS, trainHead, untrained } from './train-heads.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string' },
    models: { type: 'string' },
    second: { type: 'string' },
    cosqa: { type: 'string' },
    general: { type: 'string' },
    work: { type: 'string', default: 'runs/real-models' },
    functions: { type: 'string', default: '2560' },
    seeds: { type: 'string', default: '5' },
    orders: { type: 'string' },
    student: { type: 'string', default: 'MiniLM' },
    teachers: { type: 'string', multiple: true, default: ['MiniLM', 'bge-small', 'LSA'] },
  },
});
const { run, models, second, cosqa, work } = values;
if (run === undefined || models === undefined) throw new Error('--run and --models are missing');
const known: readonly TeacherName[] = ['MiniLM', 'bge-small', 'LSA'];
const teachers = [...values.teachers, ...positionals].filter((name): name is TeacherName =>
  known.includes(name as TeacherName),
);

const studentName = STUDENTS.find((name) => name === values.student);
if (studentName === undefined)
  throw new Error(`--student must be one of ${STUDENTS.join(', ')}, received ${values.student}`);

const paths = {
  run,
  models,
  cosqa: cosqa ?? null,
  second: second ?? null,
  general: values.general ?? null,
  work,
};
const plan = await openPlan(paths, { functions: Number(values.functions), teachers, student: studentName });
const { pairs, validation, tests, student } = plan;
console.error(
  `${pairs.queries.length} docstrings, ${pairs.documents.length} functions, ${pairs.pairs.query.length} pairs`,
);
const vectors = await embedded(student, [
  pairs,
  validation,
  ...tests.values(),
  { queries: [...(plan.general?.first ?? []), ...(plan.general?.second ?? [])], documents: [] },
]);
await selectBackend('wasm');

const labeled = new Map<TeacherName, typeof pairs>();
for (const [name, teacher] of plan.teachers) {
  labeled.set(name, await labeledBy(pairs, teacher));
  await teacher?.close();
}
await mkdir(work, { recursive: true });
await exportForPython(join(work, 'python'), plan, vectors, labeled.get(teachers[0]!)!);

const rows = [
  ...headRows(teachers),
  ...(values.orders === undefined ? [] : orderRows(values.orders as TeacherName)),
];
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const cells = seeds.flatMap((seed) => rows.map(({ slug }) => ({ slug, seed })));
const settings = {
  ...SETTINGS,
  functions: values.functions,
  tests: [...tests.keys()],
  general: plan.general?.scores.length ?? 0,
  student: student.name,
};
// A head serves further tests as well.
const trained = JSON.stringify([SETTINGS, values.functions, student.name]);
const heads = join(work, 'heads', createHash('sha256').update(trained).digest('hex').slice(0, 12));
const perCell = await runCells(cells, {
  folder: join(work, 'cells'),
  settings,
  train({ slug, seed }) {
    const row = rows.find((row) => row.slug === slug)!;
    const folder = join(heads, `${slug}-seed-${seed}`);
    return trainHead(plan, vectors, labeled.get(row.teacher)!, row, { seed, folder });
  },
  onCell: (done, { slug, seed }) => console.error(`${done} of ${cells.length}: ${slug}, seed ${seed}`),
});

/** Values of heads.py by loss, test and seed. */
type PeerValues = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>;
const peerFile = join(work, 'python/sentence-transformers.json');
const peers: PeerValues = existsSync(peerFile) ? JSON.parse(await readFile(peerFile, 'utf8')) : {};

const start = await untrained(plan, vectors);
let at = 0;
const results = [...tests].map(([test, { queries }]) => {
  const part = (all: readonly number[]) => all.slice(at, at + queries.length);
  const inputs = rows.map(({ name }, r) => ({
    name,
    perSeed: seeds.map((_, s) => part(perCell[s * rows.length + r]!)),
  }));
  for (const [loss, byTest] of Object.entries(peers)) {
    // It may have been trained before a test was added, or with fewer seeds.
    const perSeed = byTest[test]?.slice(0, seeds.length).map((values) => [...values]);
    if (perSeed?.length === seeds.length) inputs.push({ name: `${loss} of sentence-transformers`, perSeed });
  }
  inputs.push({ name: `${studentName} as it is`, perSeed: seeds.map(() => part(start)) });
  at += queries.length;
  const table = summarizeAblation('MRR@1000', seeds, inputs, 1);
  console.log(`\n${test}, against ${rows[0]!.name}\n${formatAblation(table)}`);
  return { test, ...table, record: ablationRecord(table, 'Head trained by') };
});
const general = plan.general && [
  ...rows.map(({ name }, r) => [name, seeds.map((_, s) => perCell[s * rows.length + r]!.at(-1)!)] as const),
  [`${studentName} as it is`, [start.at(-1)!]] as const,
];
for (const [name, scores] of general ?? []) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  console.log(`STS Benchmark, Spearman, ${name}: ${(100 * mean).toFixed(2)}`);
}
await writeFile(join(work, 'results.json'), `${JSON.stringify({ settings, results, general }, null, 2)}\n`);
