import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { TextFile, type TextList } from 'oasis-embed/encoders';
import type { OasisDataset } from 'oasis-embed/training';
import { sqlText, withDuckDb } from '../../store/duckdb.js';
import { type Schema, streamQuery } from '../../store/parquet-table.js';
import { writeTexts } from '../../store/write-texts.js';

/** Bytes of texts up to which they are held in memory, where a training reads them faster. */
const IN_MEMORY = 2 ** 28;

export interface TrainingSource {
  /** The dataset's Parquet files, in any order. */
  readonly dataset: readonly string[];
  /** A folder of its own, for texts that stay on disk. */
  readonly directory: string;
  /** Bytes of texts that are held in memory. @defaultValue 256 MiB */
  readonly inMemory?: number;
}

export interface TrainingData extends OasisDataset {
  /** Bytes of its texts where they stay on disk, 0 where they are in memory. */
  readonly bytesOnDisk: number;
  close(): Promise<void>;
}

/** Functions by their number, which is that of their positive pair. */
const FUNCTIONS =
  'CREATE TEMP TABLE asking AS SELECT function_id, query_id, pair AS fn FROM dataset WHERE is_gt = 1';

/** Docstrings by the number of their first function. */
const QUERIES = `
  CREATE TEMP TABLE asked AS
  SELECT query_id, (row_number() OVER (ORDER BY min(fn)) - 1)::UINTEGER AS query, min(fn) AS first
  FROM asking GROUP BY query_id`;

const PAIRS = `
  SELECT pair, query, fn AS document, similarity, is_gt AS positive
  FROM dataset JOIN asking USING (function_id) JOIN asked ON asked.query_id = dataset.query_id`;

const QUERY_TEXTS = `
  SELECT poss_docstring AS text FROM dataset JOIN asked ON pair = first WHERE is_gt = 1 ORDER BY query`;

const DOCUMENT_TEXTS = 'SELECT snippet_wo_comment AS text FROM dataset WHERE is_gt = 1 ORDER BY pair';

const textColumn = { text: 'text' } as const satisfies Schema;

const pairColumns = {
  pair: 'uint32',
  query: 'uint32',
  document: 'uint32',
  similarity: 'float32',
  positive: 'uint8',
} as const satisfies Schema;

async function* texts(connection: DuckDBConnection, sql: string): AsyncGenerator<string> {
  for await (const part of streamQuery(connection, sql, textColumn))
    for (const text of part.text) yield text!;
}

/**
 * What is trained on, from the published dataset alone: its texts, and its pairs by their places among them. Functions
 * and docstrings stand in the order of the run, whatever the order of the rows.
 *
 * Only numbers are held in memory, and the texts as long as they are few.
 *
 * @throws Error where a pair's function or docstring is no positive of the same dataset.
 */
export const openTrainingData = async ({
  dataset,
  directory,
  inMemory = IN_MEMORY,
}: TrainingSource): Promise<TrainingData> => {
  await rm(directory, { recursive: true, force: true });
  const [queriesPath, documentsPath] = [join(directory, 'queries.texts'), join(directory, 'documents.texts')];
  const pairs = await withDuckDb(async (connection) => {
    const files = dataset.map(sqlText).join(', ');
    await connection.run(`CREATE OR REPLACE TEMP VIEW dataset AS SELECT * FROM read_parquet([${files}])`);
    await connection.run(FUNCTIONS);
    await connection.run(QUERIES);
    const counted = await connection.runAndReadAll('SELECT count(*)::DOUBLE FROM dataset');
    const [[count]] = counted.getRowsJS() as [[number]];
    const numbered = {
      query: new Uint32Array(count),
      document: new Uint32Array(count),
      similarity: new Float32Array(count),
      positive: new Uint8Array(count),
    };
    let found = 0;
    for await (const part of streamQuery(connection, PAIRS, pairColumns)) {
      for (const [i, pair] of part.pair.entries()) {
        numbered.query[pair] = part.query[i]!;
        numbered.document[pair] = part.document[i]!;
        numbered.similarity[pair] = part.similarity[i]!;
        numbered.positive[pair] = part.positive[i]!;
      }
      found += part.pair.length;
    }
    if (found !== count) {
      throw new Error(
        `dataset must hold the positive pair of each function and docstring, received ${count - found} of ${count} ` +
          'rows without',
      );
    }
    await writeTexts(queriesPath, texts(connection, QUERY_TEXTS));
    await writeTexts(documentsPath, texts(connection, DOCUMENT_TEXTS));
    for (const table of ['asking', 'asked']) await connection.run(`DROP TABLE ${table}`);
    return numbered;
  });

  const bytes = (await stat(queriesPath)).size + (await stat(documentsPath)).size;
  const onDisk = bytes > inMemory;
  const files = [TextFile.open(queriesPath), TextFile.open(documentsPath)] as const;
  const [queries, documents] = files.map((file): TextList => (onDisk ? file : [...file]));
  const close = async () => {
    for (const file of files) file.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { queries: queries!, documents: documents!, pairs, bytesOnDisk: onDisk ? bytes : 0, close };
};
