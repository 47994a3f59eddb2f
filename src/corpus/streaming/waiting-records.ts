import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/**
 * Records that wait on disk for their turn, in a temporary file without a name: whatever becomes of the process, nothing
 * is left of it.
 */
export class WaitingRecords<T> {
  readonly #file: number;
  readonly #ends: number[] = [];

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'oasis-embed-'));
    try {
      this.#file = openSync(join(folder, 'records'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  add(record: T): void {
    const bytes = serialize(record);
    const start = this.#ends.at(-1) ?? 0;
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, start + done);
    this.#ends.push(start + bytes.length);
  }

  get(number: number): T {
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    const bytes = Buffer.allocUnsafeSlow(this.#ends[number]! - start);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#file, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw new Error(`record ${number} ends after ${done} of ${bytes.length} bytes`);
      done += count;
    }
    return deserialize(bytes) as T;
  }

  close(): void {
    closeSync(this.#file);
  }
}
