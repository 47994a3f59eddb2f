/**
 * The judge of two embedders, calibrated: negatives whose truth is known, planted beside the training functions of a run, and what
 * each teacher and both together accept of them by threshold, by rank and by tree. A rule is chosen on one half of the functions and
 * reported on the other. Then heads trained on pairs with planted false negatives among them: as the teacher labels them, raised by
 * the rule, raised by the truth, and without them.
 *
 *   npm install --prefix data/older --ignore-scripts three@0.150.1 ol@8.2.0 luxon@2.5.2 ramda@0.28.0 tone@14.7.77
 *   npx tsx bench/experiments/real-models/judges.ts --run runs/lsa --models $(.ci/real-models) --older data/older --work runs/real-models
 *
 * One thread. Vectors and finished trainings are kept in --work. Writes judges.json and raising.json; `--records bench/results/records`
 * writes the tables of bench/RESULTS.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoredFunction } from '../../../examples/oasis-full/corpus/stored-function.js';
import { runCells } from '../../../examples/oasis-full/pipeline/ablation/cells.js';
import {
  formatAblation,
  summarizeAblation,
} from '../../../examples/oasis-full/pipeline/ablation/summarize-ablation.js';
import { otherVersions } from '../../../examples/oasis-full/refinement/other-versions.js';
import { readJsonLines } from '../../../examples/oasis-full/store/json-lines.js';
import { selectBackend } from '../../../src/training/index.js';
import { ablationRecord } from './ablation-record.js';
import { agreementRecord, agreementTable, measureAgreement } from './measure-agreement.js';
import { openPlan } from './plan.js';
import { plantedPairs } from './planted-pairs.js';
import { embedded, labeledBy, SETTINGS, trainHead } from './train-heads.js';

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    models: { type: 'string' },
    older: { type: 'string' },
    work: { type: 'string', default: 'runs/real-models' },
    functions: { type: 'string', default: '2560' },
    'per-kind': { type: 'string', default: '70' },
    seeds: { type: 'string', default: '5' },
    records: { type: 'string' },
  },
});
const { run, models, older, work } = values;
if (run === undefined || models === undefined || older === undefined)
  throw new Error('--run, --models and --older are missing');

const paths = { run, models, cosqa: null, second: null, general: null, work };
const plan = await openPlan(paths, {
  functions: Number(values.functions),
  teachers: ['MiniLM', 'bge-small'],
});
const { pairs, validation, tests, student } = plan;
const guide = plan.teachers.get('bge-small')!;

// Planted for the functions whose docstrings and codes the pool has.
const inPool = new Set(pairs.documents);
const functions: (StoredFunction & { readonly docstring: string })[] = [];
for await (const fn of readJsonLines<StoredFunction>(join(run, 'functions.jsonl')))
  if (fn.documented && fn.split === 'train' && inPool.has(fn.code))
    functions.push({ ...fn, docstring: fn.summary! });
const versions = await otherVersions(older, functions);
console.error(`${functions.length} functions of the pool, ${versions.length} of them in another version`);
const perKind = Number(values['per-kind']);

const calibration = await measureAgreement({
  teachers: [student, guide],
  pairs,
  functions,
  versions,
  perKind,
});
await mkdir(work, { recursive: true });
const record = agreementRecord(calibration);
await writeFile(join(work, 'judges.json'), `${JSON.stringify({ ...calibration, record }, null, 2)}\n`);
console.log(
  `${agreementTable(calibration)}\n${JSON.stringify(calibration.planted)}\nChosen: ${calibration.chosen?.name}`,
);
const { chosen: rule } = calibration;
if (rule === null) throw new Error('no rule has 95% precision on the calibration half');

const labeled = await labeledBy(pairs, guide);
const raising = await plantedPairs({
  teachers: [student, guide],
  labeled,
  rule,
  functions,
  versions,
  perKind,
});
console.error(`raising: ${raising.summary}`);
const vectors = await embedded(student, [
  { queries: pairs.queries, documents: pairs.documents },
  { queries: [], documents: raising.planted },
  validation,
  ...tests.values(),
]);
await guide.close();
await selectBackend('wasm');
const rows = [...raising.variants.keys()];
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const perCell = await runCells(
  seeds.flatMap((seed) => rows.map((slug) => ({ slug, seed }))),
  {
    folder: join(work, 'raising'),
    settings: { ...SETTINGS, functions: values.functions, perKind, tests: [...tests.keys()] },
    train: ({ slug, seed }) =>
      trainHead(
        plan,
        vectors,
        raising.variants.get(slug)!,
        { weights: { infoNce: 0.98, cosent: 0.3 } },
        { seed, folder: join(work, `raising/heads/${slug}-${seed}`) },
      ),
    onCell: (done, { slug, seed }) => console.error(`${done}: ${slug}, seed ${seed}`),
  },
);
const inputs = rows.map((name, r) => ({
  name,
  perSeed: seeds.map((_, s) => [...perCell[s * rows.length + r]!]),
}));
const table = summarizeAblation('MRR@1000', seeds, inputs, 1);
console.log(`\nHeads, labels by bge-small with planted false negatives among them\n${formatAblation(table)}`);
await writeFile(
  join(work, 'raising.json'),
  `${JSON.stringify({ ...table, record: ablationRecord(table, 'Planted false negatives') }, null, 2)}\n`,
);
await student.close();
if (values.records !== undefined) {
  const base = {
    command: `npx tsx bench/experiments/real-models/judges.ts --per-kind ${perKind}`,
    machine: `${cpus()[0]!.model}, 2 cores shared with other work, 24 GiB; Node ${process.versions.node}`,
    date: '2026-11',
  };
  const write = (name: string, content: object) =>
    writeFile(join(values.records!, `${name}.json`), `${JSON.stringify({ ...base, ...content }, null, 2)}\n`);
  // The thresholds and tree ratios between tell nothing more.
  const between = /75%|edits 0\.(05|2)$/;
  await write('real-models-judges', {
    ...record,
    rows: record.rows.filter(([name]) => !between.test(name!)),
  });
  await write('real-models-raising', ablationRecord(table, 'Planted false negatives'));
}
