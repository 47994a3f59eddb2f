import { collapseSpace } from './collapse-space.js';
import { findDataTable } from './files/data-tables.js';
import { idField, type JsonRow, stringField } from './files/json-lines.js';
import { readTables } from './files/read-table.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

const idOf = (row: JsonRow): string =>
  idField(row, row.fields.index === undefined && row.fields.id !== undefined ? 'id' : 'index');

/**
 * Clone detection on POJ-104: each C or C++ program asks for the others that solve the same of 24 problems, MAP@R.
 *
 * Reads `<directory>/test.jsonl` (`label`, `index`, `code`), as CodeXGLUE's script makes it, or the hub's
 * `data/test-….parquet` (`label`, `id`, `code`). White space is collapsed, comments stay. A program is left out of its own
 * ranking; R is the number of the others with its label.
 *
 * @throws MissingDataError when the file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadPoj104 } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadPoj104('data/poj104');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/poj104/test.jsonl is missing. Get …
 * }
 * ```
 * @see Mou et al. (2016), Convolutional neural networks over tree structures; Lu et al. (2021), CodeXGLUE.
 */
export const loadPoj104 = async (directory: string): Promise<RetrievalTask> => {
  const advice =
    'Get Clone-detection-POJ-104 of CodeXGLUE (microsoft/CodeXGLUE on GitHub, Code-Code/Clone-detection-POJ-104, its ' +
    'preprocess.py; or google/code_x_glue_cc_clone_detection_poj104 on the hub) and put test.jsonl into ' +
    `${directory}.`;
  const files = await findDataTable(directory, ['test', 'data/test'], advice, 'test.jsonl');
  async function* programs(): AsyncGenerator<RetrievalText> {
    for await (const row of readTables(files, ['index', 'id', 'label', 'code'])) {
      const text = collapseSpace(stringField(row, 'code'));
      yield { id: idOf(row), text, key: idField(row, 'label'), place: row.place };
    }
  }
  return {
    name: 'POJ-104',
    measure: 'map@r',
    queries: programs,
    documents: programs,
    selfRetrieval: true,
    ignoreIdenticalIds: false,
    published: { queries: 12000, documents: 12000 },
  };
};
