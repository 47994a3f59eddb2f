import { collapseSpace } from './collapse-space.js';
import { findDataTable } from './files/data-tables.js';
import { idField, stringField } from './files/json-lines.js';
import { readTables } from './files/read-table.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/**
 * All programs of the set; those that were written independently of each other; or each program with itself under other names.
 */
export type LibraryCodeSet = 'all' | 'independent' | 'renamed-clones';

/** The sets of {@link loadLibraryCode}. */
export const LIBRARY_CODE_SETS: readonly LibraryCodeSet[] = ['all', 'independent', 'renamed-clones'];

const NAMES: Readonly<Record<LibraryCodeSet, string>> = {
  all: 'Library code',
  independent: 'Library code, independent',
  'renamed-clones': 'Library code, renamed clones',
};

/**
 * Code2Code on real libraries: each function asks for those of the same name in other libraries, MAP without a cutoff. Names, docs,
 * comments and imports are masked, so that only the code itself can tell.
 *
 * Reads `<directory>/<set>.jsonl` (`index`, `label`, `func`), which `bench/code-to-code/make-set.ts` of this project makes from packages of
 * npm. White space is collapsed. A program is left out of its own ranking.
 *
 * @param set `independent` leaves out near-copies, by the edit distance of their trees, and keeps one program for each library and name;
 * `renamed-clones` pairs each program with itself under other names of parameters and variables.
 * @throws MissingDataError when the file is missing: what to run to make it.
 * @throws {RangeError} When there is no such set.
 *
 * @example
 * ```ts
 * import { loadLibraryCode } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadLibraryCode('data/library-code', 'independent');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/library-code/independent.jsonl is missing. Make …
 * }
 * ```
 */
export const loadLibraryCode = async (
  directory: string,
  set: LibraryCodeSet = 'all',
): Promise<RetrievalTask> => {
  if (!LIBRARY_CODE_SETS.includes(set)) {
    throw new RangeError(`set must be one of ${LIBRARY_CODE_SETS.join(', ')}, received ${String(set)}`);
  }
  const advice =
    'Make it in a checkout of oasis-embed: npm ci --prefix bench/code-to-code, then ' +
    `npx tsx bench/code-to-code/make-set.ts --out ${directory}.`;
  const files = await findDataTable(directory, [set], advice, `${set}.jsonl`);
  async function* programs(): AsyncGenerator<RetrievalText> {
    for await (const row of readTables(files, ['index', 'label', 'func'])) {
      const text = collapseSpace(stringField(row, 'func'));
      yield { id: idField(row, 'index'), text, key: idField(row, 'label'), place: row.place };
    }
  }
  return {
    name: NAMES[set],
    measure: 'map',
    queries: programs,
    documents: programs,
    selfRetrieval: true,
    ignoreIdenticalIds: false,
  };
};
