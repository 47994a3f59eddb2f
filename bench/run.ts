/**
 * The benches, one command:
 *
 *   npm run bench                               # all
 *   npm run bench -- losses cosent --quick      # some works, small sizes
 *   npm run bench -- --list                     # what there is
 *   npm run bench -- --json bench/results/NAME.json
 *   npm run bench -- --compare OLD.json         # what changed beyond the noise
 *   npm run bench -- --results                  # writes bench/RESULTS.md from bench/results
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareRecords } from './runner/compare-records.js';
import { filterWorks } from './runner/filter-works.js';
import { currentCommit, currentLoad, describeMachine } from './runner/machine.js';
import { measureWork } from './runner/measure-work.js';
import { peerOf } from './runner/peer-packages.js';
import { formatComparison } from './runner/print-comparison.js';
import type { Basis, BenchRecord, WorkRecord } from './runner/record.js';
import { RESULTS_PATH, renderResults } from './runner/render-results.js';
import { markdownTable, workRemarks, workTable } from './runner/work-table.js';
import { loadSuite, ROOMS } from './suites/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    basis: { type: 'string' },
    json: { type: 'string' },
    from: { type: 'string' },
    compare: { type: 'string' },
    tolerance: { type: 'string', default: '0.1' },
    results: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const USAGE = `npm run bench -- [ROOM | WORK | ROOM/WORK]… [OPTION]…

  --list              the rooms with their works and rivals
  --quick             small sizes and fewer rounds
  --rounds COUNT      how often contenders take turns; 15, with --quick 7
  --basis clock|cpu   which time ratios are of; cpu where the machine is busy
  --json FILE         writes what was measured, with the machine
  --compare OLD.json  what changed since, beyond the noise; with --from NEW.json nothing is measured
  --tolerance SHARE   a change within it is none; ${values.tolerance}
  --results           writes bench/RESULTS.md from bench/results, and measures nothing`;

const readRecord = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as BenchRecord;
const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`${name} must be a positive number, received ${text}`);
  return value;
};

const chosenWorks = async () => filterWorks(await Promise.all(ROOMS.map(loadSuite)), positionals);

const list = async () => {
  for (const { room, work } of await chosenWorks()) {
    console.log(`${`${room}/${work.name}`.padEnd(32)} ${work.title}`);
    for (const contender of work.contenders) {
      const peer = peerOf(contender);
      if (peer === null) continue;
      const state = 'label' in peer ? peer.label : `${peer.package}, not installed: ${peer.missing}`;
      console.log(`${' '.repeat(35)}beside ${contender.name}, ${state}`);
    }
  }
};

const measureAll = async (): Promise<BenchRecord> => {
  const chosen = await chosenWorks();
  const before = currentLoad();
  const machine = describeMachine(process.env.OASIS_BENCH_BACKEND ?? 'wasm');
  if (values.basis !== undefined && values.basis !== 'clock' && values.basis !== 'cpu')
    throw new RangeError(`--basis must be clock or cpu, received ${values.basis}`);
  // Where others want the processors too, the clock counts their work.
  const basis: Basis = (values.basis as Basis | undefined) ?? (before > machine.cores / 2 ? 'cpu' : 'clock');
  const options = {
    quick: values.quick,
    basis,
    rounds: positive('--rounds', values.rounds ?? (values.quick ? '7' : '15')),
    milliseconds: values.quick ? 60 : 200,
    budget: values.quick ? 3000 : 15_000,
    onComplaint: (line: string) => {
      console.error(line);
      process.exitCode = 1;
    },
  };
  console.log(
    `${machine.cpu}, ${machine.cores} cores, load ${before}; Node ${machine.node}, ${machine.backend}; ` +
      `times and ratios are of ${basis === 'cpu' ? 'processor time, since the machine is busy' : 'the clock'}`,
  );
  // Where the figures go makes no difference to them.
  const asked = process.argv
    .slice(2)
    .filter((word, at, all) => word !== '--json' && all[at - 1] !== '--json');
  const works: WorkRecord[] = [];
  for (const { room, work } of chosen) {
    const record = await measureWork(room, work, options);
    works.push(record);
    const { head, rows } = workTable(record);
    console.log(`\n${room}/${work.name}: ${work.title}\n${markdownTable(head, rows, true)}`);
    for (const remark of workRemarks(record)) console.log(remark);
  }
  return {
    format: 1,
    date: new Date().toISOString().slice(0, 10),
    commit: currentCommit(),
    command: ['npm run bench', ...(asked.length > 0 ? ['--', ...asked] : [])].join(' '),
    machine: { ...machine, load: [before, currentLoad()] },
    works,
  };
};

const main = async () => {
  if (values.help) return console.log(USAGE);
  if (values.list) return list();
  if (values.results) return writeFileSync(RESULTS_PATH, renderResults());
  // Read first: a wrong path is better known before the minutes of a run.
  const old = values.compare === undefined ? null : readRecord(values.compare);
  const record = values.from === undefined ? await measureAll() : readRecord(values.from);
  // A line for each work, so that two runs differ line by line.
  const lines = () => JSON.stringify(record).replaceAll('{"room"', '\n{"room"');
  if (values.json !== undefined) writeFileSync(values.json, `${lines()}\n`);
  if (old === null) return;
  const comparison = compareRecords(old, record, positive('--tolerance', values.tolerance));
  console.log(`\n${formatComparison(old, record, comparison)}`);
  if (comparison.changes.some(({ verdict }) => verdict === 'slower')) process.exitCode = 1;
};

// `npm run bench -- --list | head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(141);
  throw error;
});
await main();
