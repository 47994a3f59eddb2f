import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DocstringRow } from 'oasis-embed/annotation';
import { explainPair } from 'oasis-embed/refinement';
import { PAIR_SOURCES, type PairSource } from '../annotation/pair-sources.js';
import type { StoredFunction } from '../corpus/stored-function.js';
import type { RefinementRow } from '../refinement/refinement-rows.js';
import type { MixtureRecord } from '../refinement/threshold.js';
import { datasetColumns } from '../store/dataset-columns.js';
import { sqlText } from '../store/duckdb.js';
import { readJson } from '../store/json-files.js';
import { jsonLinesById, readJsonLines } from '../store/json-lines.js';
import type { Row } from '../store/parquet-json-lines.js';
import { readParquetParts, type Schema } from '../store/parquet-table.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';
import type { StageRecord } from './stage.js';
import type { AnnotationSummary } from './stages/annotation.js';

const SOURCE_WORDS: Readonly<Record<PairSource, string>> = {
  positive: 'the function whose docstring asks',
  random: 'stratum random: drawn among all functions of the repository',
  calls: 'stratum calls: a neighbor in the call graph',
  lexical: 'stratum lexical: near to the docstring by BM25',
  twins: 'stratum twins: a structural near twin, among the K negatives',
  'near-twin': 'a structural near twin, beyond the K negatives',
};

const rowsWhere = async <S extends Schema>(
  paths: readonly string[],
  schema: S,
  where: string,
): Promise<Row<S>[]> => {
  const rows: Row<S>[] = [];
  const names = Object.keys(schema);
  for await (const part of readParquetParts(paths, schema, { where })) {
    for (let i = 0; i < part[names[0]!]!.length; i++)
      rows.push(Object.fromEntries(names.map((name) => [name, part[name]![i]])) as Row<S>);
  }
  return rows;
};

/** A pair and the positives of its docstring, in their order. */
const readPair = async (folder: RunFolder, pair: number): Promise<Row<typeof datasetColumns>[]> => {
  const dataset = folder.path('datasetParquet');
  const files = readdirSync(dataset)
    .sort()
    .map((file) => join(dataset, file));
  const [own] = await rowsWhere(files, datasetColumns, `"pair" = ${pair}`);
  if (own === undefined) throw new Error(`${dataset} does not contain pair ${pair}; run the pipeline again`);
  const asks = `"query_id" = ${sqlText(own.query_id!)}`;
  const rows = await rowsWhere(files, datasetColumns, `${asks} AND ("is_gt" = 1 OR "pair" = ${pair})`);
  return rows.sort((a, b) => a.pair - b.pair);
};

/** What became of the pair in the refinement; none where nothing suspected it. */
const readRecord = async (folder: RunFolder, pair: number): Promise<RefinementRow[]> => {
  for await (const row of readJsonLines<RefinementRow>(folder.path('refinement'))) {
    if (row.pair === pair) return [row];
    // Rows stand in the order of their pairs.
    if (row.pair > pair) break;
  }
  return [];
};

/**
 * Prints how one pair got its label. Its rows are looked up, in Parquet by a condition and in JSONL line by line, so no
 * file is held in memory.
 */
export const explainRun = async ({
  pair,
  run,
}: {
  readonly pair: string;
  readonly run: string;
}): Promise<void> => {
  const folder = createRunFolder(run);
  const files = ['functions', 'docstrings', 'datasetParquet', 'refinement', 'mixture'] as const;
  for (const path of [...files.map(folder.path), folder.marker('annotation')]) {
    if (!existsSync(path)) {
      throw new Error(
        `--run: expected the folder of a run past refinement, received ${run}, which lacks ${path}`,
      );
    }
  }
  const annotation = readSealedJson<StageRecord<AnnotationSummary>>(folder.marker('annotation')).summary;
  const number = Number(pair);
  if (!Number.isSafeInteger(number) || number < 0 || number >= annotation.pairs) {
    throw new Error(`pair must be a whole number in [0, ${annotation.pairs}), received ${pair}`);
  }
  const rows = await readPair(folder, number);
  const index = rows.findIndex((row) => row.pair === number);
  const { query_id: asking, poss_docstring: docstring } = rows[index]!;
  const [label] = await rowsWhere(
    annotation.groups.map(({ labels }) => folder.at(labels.path)),
    { source: 'uint8' },
    `"pair" = ${number} AND "foreign" = 0`,
  );
  const source = label === undefined ? undefined : PAIR_SOURCES[label.source];
  const places = await jsonLinesById<StoredFunction>(
    folder.path('functions'),
    new Set(rows.map((row) => row.function_id!)),
  );
  const writers = await jsonLinesById<DocstringRow>(folder.path('docstrings'), new Set([asking!]));
  const origin = writers.get(asking!)?.origin ?? 'unknown';
  console.log(
    explainPair(index, {
      number,
      pairs: {
        query: rows.map(() => 0),
        document: rows.map((_, i) => i),
        similarity: rows.map((row) => row.similarity_before),
        positive: rows.map((row) => row.is_gt),
      },
      records: (await readRecord(folder, number)).map((record) => ({ ...record, pair: index })),
      queries: [docstring!],
      // The first function that asks speaks for all.
      writers: [origin === 'author' ? 'the author of the code' : `the model ${origin}`],
      ...(source === undefined ? {} : { source: SOURCE_WORDS[source] }),
      documents: rows.map((row) => row.snippet_wo_comment!),
      places: rows.map((row) => {
        const fn = places.get(row.function_id!)!;
        return `${fn.repository}/${fn.path}:${fn.startLine} ${fn.qualifiedName}`;
      }),
      threshold: readJson<MixtureRecord>(folder.path('mixture')).threshold,
    }),
  );
};
