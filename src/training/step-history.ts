import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { StepRecord } from './training-records.js';

/** How much of a history a checkpoint vouches for. */
export interface HistoryExtent {
  readonly steps: number;
  readonly bytes: number;
}

/**
 * The steps of a run, one JSON object per line, in a file that only grows: a checkpoint adds those since the last one, so
 * that it costs the same however long the run has been going.
 *
 * Anything beyond the extent named in the checkpoint was left by a killed process and is overwritten.
 */
export class StepHistory {
  readonly #path: string;
  #extent: HistoryExtent;

  constructor(path: string, extent: HistoryExtent = { steps: 0, bytes: 0 }) {
    this.#path = path;
    this.#extent = extent;
  }

  /** Adds the steps that it does not hold yet; they are on the disk when it returns. */
  async append(all: readonly StepRecord[]): Promise<HistoryExtent> {
    const { steps, bytes } = this.#extent;
    const lines = all.slice(steps).map((record) => `${JSON.stringify(record)}\n`);
    if (lines.length === 0) return this.#extent;
    const added = Buffer.from(lines.join(''));
    const file = await openToAdd(this.#path);
    try {
      await writeAll(file, added, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#extent = { steps: all.length, bytes: bytes + added.length };
    return this.#extent;
  }

  /** @throws Error naming the file when it holds less than its extent. */
  async read(): Promise<StepRecord[]> {
    const { steps, bytes } = this.#extent;
    if (bytes === 0) return [];
    const records: StepRecord[] = [];
    try {
      const input = createReadStream(this.#path, { encoding: 'utf8', end: bytes - 1 });
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
        records.push(JSON.parse(line) as StepRecord);
    } catch (error) {
      throw new Error(`cannot read ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
    if (records.length !== steps)
      throw new Error(`${this.#path} must hold ${steps} steps in ${bytes} bytes, found ${records.length}`);
    return records;
  }
}

const openToAdd = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'w');
  }
};

const writeAll = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
};
