import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { JsonRow } from './json-lines.js';

/** 64-bit integers arrive as bigint; ids, grades and flags are small. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : Array.isArray(value) ? value.map(plain) : value;

interface OpenParquet {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

const open = async (path: string): Promise<OpenParquet> => {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  try {
    return { file, metadata: await parquetMetadataAsync(file) };
  } catch (error) {
    throw new SyntaxError(`${path}: not a Parquet file: ${(error as Error).message}`);
  }
};

/** The columns of a Parquet file, in its order. */
export const parquetColumns = async (path: string): Promise<readonly string[]> => {
  const { parquetSchema } = await import('hyparquet');
  const { metadata } = await open(path);
  return parquetSchema(metadata).children.map(({ element }) => element.name);
};

/**
 * The rows of a Parquet file in their order, only the columns asked for, a row group in memory at a time. Snappy, gzip,
 * Zstandard, LZ4 and Brotli are unpacked.
 *
 * @param columns Those that the file lacks are left out of its rows.
 * @throws SyntaxError when the file is not Parquet, or damaged.
 */
export async function* readParquetRows(path: string, columns?: readonly string[]): AsyncGenerator<JsonRow> {
  const { parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('./parquet-compressors.js');
  const { file, metadata } = await open(path);
  const there = parquetSchema(metadata).children.map(({ element }) => element.name);
  const wanted = columns === undefined ? there : there.filter((name) => columns.includes(name));
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    let rows: Record<string, unknown>[];
    try {
      rows = await parquetReadObjects({
        file,
        metadata,
        compressors,
        columns: wanted,
        rowStart: start,
        rowEnd: end,
      });
    } catch (error) {
      throw new SyntaxError(
        `${path}: rows ${start + 1} to ${end} cannot be read: ${(error as Error).message}`,
      );
    }
    for (const [i, row] of rows.entries()) {
      const fields = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
      yield { place: `${path}, row ${start + i + 1}`, fields };
    }
    start = end;
  }
}
