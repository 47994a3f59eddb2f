import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readAllJsonLines } from './json-lines.js';
import { makeFolder } from './make-folder.js';
import { asStoreError } from './store-error.js';

/** Rows on their way to one of many parts: they wait on disk, so that only one part at a time is in memory. */
export interface Partition<Row> {
  /** @param part A whole number from 0. */
  add(part: number, row: Row): Promise<void>;
  /** The parts by number, each with its rows in the order in which they were added; empty ones are left out. */
  parts(): AsyncGenerator<Row[]>;
  /** Removes what lies on disk. */
  close(): Promise<void>;
}

/** Characters that wait in memory, over all parts. */
const WAITING = 1 << 25;

/**
 * Sorts rows of any number into parts.
 *
 * @param directory A folder of its own; what a killed run left there is removed.
 * @throws StoreError where the disk refuses.
 */
export const createPartition = <Row>(directory: string): Partition<Row> => {
  const waiting = new Map<number, string[]>();
  const parts = new Set<number>();
  const pathOf = (part: number) => join(directory, `${part}.jsonl`);
  let characters = 0;
  let begun = false;
  const flush = async () => {
    try {
      if (!begun) {
        await rm(directory, { recursive: true, force: true });
        makeFolder(directory);
        begun = true;
      }
      for (const [part, lines] of waiting) appendFileSync(pathOf(part), lines.join(''));
    } catch (error) {
      throw asStoreError(error, directory);
    }
    waiting.clear();
    characters = 0;
  };
  return {
    async add(part, row) {
      const line = `${JSON.stringify(row)}\n`;
      const lines = waiting.get(part);
      if (lines === undefined) waiting.set(part, [line]);
      else lines.push(line);
      parts.add(part);
      characters += line.length;
      if (characters > WAITING) await flush();
    },
    async *parts() {
      await flush();
      for (const part of [...parts].sort((a, b) => a - b)) yield await readAllJsonLines<Row>(pathOf(part));
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
};
