import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TextFile, type TextList } from 'oasis-embed/encoders';
import type { OasisDataset } from 'oasis-embed/training';
import type { StoredFunction } from '../corpus/stored-function.js';
import { datasetColumns } from '../store/dataset-columns.js';
import { sqlText, withDuckDb } from '../store/duckdb.js';
import { readJsonLines } from '../store/json-lines.js';
import { readParquetParts } from '../store/parquet-table.js';
import { writeTexts } from '../store/write-texts.js';
import { collectPairs } from './shards/collect-pairs.js';
import { queryColumns } from './shards/group.js';
import type { LabelledGroup } from './stages/annotation.js';

/** Bytes of texts up to which they are held in memory, where a training reads them faster. */
const IN_MEMORY = 2 ** 28;

export interface TrainingSource {
  /** The place of a path that a shard left. */
  readonly at: (path: string) => string;
  /** functions.jsonl, and how many rows it has. */
  readonly functions: string;
  readonly count: number;
  readonly groups: readonly LabelledGroup[];
  readonly pairs: number;
  /** The dataset's Parquet files. */
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

/**
 * What is trained on: the pairs of all groups with the labels that were published, and the texts that they number. Only
 * numbers are held of it, and the texts as long as they are few.
 */
export const openTrainingData = async (source: TrainingSource): Promise<TrainingData> => {
  const { at, groups, directory } = source;
  await rm(directory, { recursive: true, force: true });
  const [queriesPath, documentsPath] = [join(directory, 'queries.texts'), join(directory, 'documents.texts')];
  const queryFiles = groups.map((group) => at(group.queries.path));
  await writeTexts(queriesPath, docstrings(queryFiles));
  await writeTexts(documentsPath, codes(source, await askingPlaces(source)));
  const { pairs } = await collectPairs(
    groups.map((group) => at(group.labels.path)),
    source.pairs,
  );
  const columns = { pair: datasetColumns.pair, similarity: datasetColumns.similarity };
  for await (const part of readParquetParts(source.dataset, columns))
    for (const [i, pair] of part.pair.entries()) pairs.similarity[pair] = part.similarity[i]!;

  const bytes = (await stat(queriesPath)).size + (await stat(documentsPath)).size;
  const onDisk = bytes > (source.inMemory ?? IN_MEMORY);
  const files = [TextFile.open(queriesPath), TextFile.open(documentsPath)] as const;
  const [queries, documents] = files.map((file): TextList => (onDisk ? file : [...file]));
  const close = async () => {
    for (const file of files) file.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { queries: queries!, documents: documents!, pairs, bytesOnDisk: onDisk ? bytes : 0, close };
};

/** Distinct docstrings by their number: each as the first function that asks it has it. */
async function* docstrings(queryFiles: readonly string[]): AsyncGenerator<string> {
  if (queryFiles.length === 0) return;
  const all = `read_parquet([${queryFiles.map(sqlText).join(', ')}])`;
  const first = `"foreign" = 0 AND fn IN (SELECT min(fn) FROM ${all} GROUP BY query)`;
  const columns = { query: queryColumns.query, docstring: queryColumns.docstring };
  for await (const part of readParquetParts(queryFiles, columns, { where: first, orderBy: 'query' }))
    for (const docstring of part.docstring) yield docstring!;
}

/** Which rows of functions.jsonl ask: 1 where they do. */
const askingPlaces = ({ at, groups, count }: TrainingSource): Promise<Uint8Array> =>
  withDuckDb(async (connection) => {
    const asks = new Uint8Array(count);
    for (const { members, queries } of groups) {
      const rows = await connection.runAndReadAll(
        `SELECT place FROM read_parquet(${sqlText(at(queries.path))}) AS q ` +
          `JOIN read_parquet(${sqlText(at(members.path))}) USING (id) WHERE q."foreign" = 0`,
      );
      for (const [place] of rows.getRowsJS() as [number][]) asks[place] = 1;
    }
    return asks;
  });

async function* codes({ functions }: TrainingSource, asks: Uint8Array): AsyncGenerator<string> {
  let place = 0;
  for await (const { code } of readJsonLines<StoredFunction>(functions)) if (asks[place++] === 1) yield code;
}
