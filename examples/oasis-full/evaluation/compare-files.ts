import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  type CompareRunsOptions,
  compareRuns,
  type Measure,
  type RunComparison,
  readQrels,
  readTrecRun,
} from 'oasis-embed/metrics';
import { differencesFigure, renderComparison } from 'oasis-embed/report';
import { formatComparison } from './comparison-table.js';

export interface CompareFilesOptions extends CompareRunsOptions {
  readonly qrels: string;
  readonly runs: readonly string[];
  readonly measures: readonly Measure[];
  readonly gradeColumn?: 4 | 5;
  readonly json: boolean;
  readonly svg: string | null;
  readonly html: string | null;
}

/** `bm25.run.gz` is called `bm25`; files of the same name are called by their paths. */
export const runNames = (paths: readonly string[]): string[] => {
  const short = paths.map((path) => {
    const name = basename(path).replace(/\.gz$/, '');
    return name.slice(0, name.length - extname(name).length) || name;
  });
  return short.map((name, i) => (short.filter((other) => other === name).length > 1 ? paths[i]! : name));
};

const read = async <T>(path: string, what: 'qrels' | 'a run', reading: Promise<T>): Promise<T> => {
  try {
    return await reading;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`${path} must be a file of ${what}, received none`);
    if (code === 'EISDIR') throw new Error(`${path} must be a file of ${what}, received a folder`);
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${message}; expected ${what} here: the qrels come first, then the runs`);
  }
};

/** Compares run files on a file of qrels, and says what came out in a table, a figure or as JSON. */
export const compareFiles = async (options: CompareFilesOptions): Promise<RunComparison> => {
  const { qrels: qrelsPath, runs: paths, measures, gradeColumn, json, svg, html, ...rest } = options;
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new Error(`each run must be named once, received ${twice} twice`);
  if (paths.length < 2 && svg !== null) {
    throw new Error(`--svg shows differences: it needs at least two runs, received ${paths.length}`);
  }
  const qrels = await read(
    qrelsPath,
    'qrels',
    readQrels(qrelsPath, gradeColumn === undefined ? {} : { gradeColumn }),
  );
  const names = runNames(paths);
  const runs = [];
  for (const [i, path] of paths.entries()) {
    runs.push({ name: names[i]!, run: await read(path, 'a run', readTrecRun(path)) });
  }
  const comparison = compareRuns(runs, qrels, measures, rest);
  process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : `${formatComparison(comparison)}\n`);
  if (svg !== null) await writeFile(svg, `${differencesFigure(comparison)}\n`);
  if (html !== null) {
    const page = renderComparison(comparison, {
      title: names.length > 1 ? names.join(', ') : names[0]!,
      createdAt: new Date().toISOString(),
    });
    await writeFile(html, page);
  }
  return comparison;
};
