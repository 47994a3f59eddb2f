import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRecord } from './record.js';
import { markdownTable, workRemarks, workTable } from './work-table.js';

const bench = fileURLToPath(new URL('..', import.meta.url));
export const RESULTS_PATH = join(bench, 'RESULTS.md');

/** A run outside of the suites: its table as it was measured. */
interface TableRecord {
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ResultFiles {
  /** Pages in Markdown, in order, with `<!-- suite: ROOM -->` and `<!-- record: NAME -->` where tables go. */
  readonly sections: readonly string[];
  /** What `npm run bench -- --json` wrote, by name. */
  readonly runs: ReadonlyMap<string, BenchRecord>;
  readonly records: ReadonlyMap<string, TableRecord>;
}

const named = <T>(folder: string): Map<string, T> =>
  new Map(
    readdirSync(join(bench, folder))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(bench, folder, name), 'utf8')) as T]),
  );

const readFiles = (): ResultFiles => ({
  sections: readdirSync(join(bench, 'results/sections'))
    .sort()
    .map((name) => readFileSync(join(bench, 'results/sections', name), 'utf8').trim()),
  runs: named('results'),
  records: named('results/records'),
});

const captionOf = ({ command, machine, commit, date, works }: BenchRecord): string => {
  const { cpu, cores, memoryGiB, node, backend, load } = machine;
  const isBusy = works.some(({ basis }) => basis === 'cpu');
  const said = [
    `\`${command}\`: ${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}, TensorFlow.js on ${backend}`,
    `load ${load.join(' before, ')} after`,
    `${date}, commit ${commit}`,
  ];
  const basis = isBusy
    ? 'The machine was busy: times and ratios are processor time unless a table says otherwise.'
    : 'Times and ratios are wall-clock time.';
  return `${said.join('; ')}. ${basis}`;
};

const suiteTables = (room: string, runs: ResultFiles['runs']): string => {
  const parts: string[] = [];
  for (const record of runs.values()) {
    const works = record.works.filter((work) => work.room === room);
    if (works.length === 0) continue;
    if (runs.size > 1) parts.push(captionOf(record));
    for (const work of works) {
      const { head, rows } = workTable(work);
      const isOfClock = work.basis === 'clock' && record.works.some(({ basis }) => basis === 'cpu');
      const remarks = [...workRemarks(work), ...(isOfClock ? ['Times are wall-clock time.'] : [])];
      parts.push(`**${work.title}** (\`npm run bench -- ${room}/${work.work}\`)`, markdownTable(head, rows));
      if (remarks.length > 0) parts.push(remarks.join(' '));
    }
  }
  if (parts.length === 0)
    return `Not measured yet: \`npm run bench -- ${room} --json bench/results/NAME.json\`.`;
  return parts.join('\n\n');
};

const recordTable = (name: string, records: ResultFiles['records']): string => {
  const record = records.get(name);
  if (record === undefined)
    throw new Error(`bench/results/records/${name}.json is named in a section and not there`);
  const { machine, date, columns, rows } = record;
  return `${markdownTable(columns, rows)}\n\n<sub>${machine}; ${date}</sub>`;
};

/** bench/RESULTS.md: the sections with their tables. */
export const renderResults = (files: ResultFiles = readFiles()): string => {
  const asked = { suite: new Set<string>(), record: new Set<string>() };
  const body = files.sections
    .join('\n\n')
    .replace(/<!-- (suite|record): ([\w-]+) -->/g, (_, kind: 'suite' | 'record', name: string) => {
      asked[kind].add(name);
      return kind === 'suite' ? suiteTables(name, files.runs) : recordTable(name, files.records);
    })
    .replace('<!-- runs -->', [...files.runs.values()].map((record) => `- ${captionOf(record)}`).join('\n'));
  const measured = new Set([...files.runs.values()].flatMap(({ works }) => works.map(({ room }) => room)));
  for (const room of measured)
    if (!asked.suite.has(room))
      throw new Error(`no section of bench/results/sections shows the suite ${room}`);
  for (const name of files.records.keys())
    if (!asked.record.has(name))
      throw new Error(`no section of bench/results/sections shows the record ${name}`);
  const origin =
    '<!-- Written by `npm run bench -- --results` from bench/results. Edit the sections there. -->';
  return `${origin}\n\n${body}\n`;
};
