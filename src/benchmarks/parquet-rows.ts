import type { JsonRow } from './json-lines.js';

const loadDuckDb = async () => {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new Error(
      'reading Parquet needs the package @duckdb/node-api: npm install @duckdb/node-api ' +
        `(${(error as Error).message.split('\n')[0]})`,
    );
  }
};

/**
 * The rows of a Parquet file in their order, only the columns asked for, a chunk in memory at a time.
 *
 * @throws Error when `@duckdb/node-api` is not installed, or the file is not Parquet or lacks a column.
 */
export async function* readParquetRows(path: string, columns: readonly string[]): AsyncGenerator<JsonRow> {
  const { DuckDBInstance } = await loadDuckDb();
  const database = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  try {
    const connection = await database.connect();
    try {
      const names = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
      const file = `'${path.replaceAll("'", "''")}'`;
      let number = 0;
      const result = await connection
        .stream(`SELECT ${names} FROM read_parquet(${file})`)
        .catch((error: Error) => {
          throw new SyntaxError(`${path}: ${error.message.split('\n')[0]}`);
        });
      for await (const rows of result.yieldRowObjectJs()) {
        for (const row of rows) {
          number += 1;
          const fields = Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              // 64-bit integers arrive as bigint; the columns of flags and numbers are small.
              typeof value === 'bigint' ? Number(value) : value,
            ]),
          );
          yield { place: `${path}, row ${number}`, fields };
        }
      }
    } finally {
      connection.closeSync();
    }
  } finally {
    database.closeSync();
  }
}
