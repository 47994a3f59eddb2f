import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let shared: Promise<DuckDBInstance> | null = null;

/**
 * One embedded database a thread, in memory: it reads and writes Parquet and keeps nothing. A single thread and
 * the order of insertion make the bytes of a file depend on its rows alone.
 */
const instance = (): Promise<DuckDBInstance> => {
  shared ??= DuckDBInstance.create(':memory:', {
    threads: '1',
    preserve_insertion_order: 'true',
    memory_limit: process.env.OASIS_DUCKDB_MEMORY ?? '1GB',
    // What does not fit waits here, and is gone with the process.
    temp_directory: join(tmpdir(), `oasis-embed-${process.pid}-${threadId}`),
    // Nothing is fetched: neither an extension nor a file from elsewhere.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return shared;
};

/** A connection that the caller closes. */
export const openDuckDb = async (): Promise<DuckDBConnection> => (await instance()).connect();

/** Lends a connection for as long as `use` runs. */
export const withDuckDb = async <T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
  const connection = await openDuckDb();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
};

/** A text as an SQL literal, for the places (such as COPY … TO) that take no parameter. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
