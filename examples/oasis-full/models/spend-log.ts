import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeTextSync } from '../store/json-files.js';
import { makeFolder } from '../store/make-folder.js';
import { asStoreError } from '../store/store-error.js';

/** Money is counted in whole billionths of a dollar, so that sums are exact wherever they are made. */
export const NANO = 1e9;
export const toNano = (usd: number): number => Math.max(0, Math.ceil(usd * NANO - 1e-6));

/** What the logs of a folder say together. */
export interface SpendState {
  /** Settled, in billionths of a dollar. */
  readonly paid: number;
  /** Reserved and not settled, by id. */
  readonly open: ReadonlyMap<string, OpenSpend>;
  /** Asked for, and not known to have been granted: nothing was sent for them yet. */
  readonly asked: ReadonlyMap<string, OpenSpend>;
}

export interface OpenSpend {
  readonly nano: number;
  readonly owner: string;
}

const folderOf = (folder: string): string => join(folder, 'spend');

const checksum = (entry: string): string => crc32(entry).toString(16).padStart(8, '0');
const formatLine = (kind: string, id: string, nano: number): string => {
  const entry = `${kind} ${id} ${nano}`;
  return `${entry} ;${checksum(entry)}\n`;
};

interface Book {
  /** Lines that hold no entry any more. */
  damaged: number;
  paid: number;
  readonly asked: Map<string, number>;
  readonly open: Map<string, number>;
  /** Settled here, reserved by another process. */
  readonly foreign: Map<string, number>;
}

const emptyBook = (): Book => ({
  damaged: 0,
  paid: 0,
  asked: new Map(),
  open: new Map(),
  foreign: new Map(),
});

const enter = (book: Book, kind: string, id: string, nano: number): void => {
  const wasAsked = book.asked.delete(id);
  if (kind === 't') book.paid += nano;
  else if (kind === 'a') book.asked.set(id, nano);
  else if (kind === 'r') book.open.set(id, nano);
  else if (book.open.delete(id) || wasAsked) book.paid += nano;
  else book.foreign.set(id, nano);
};

const readBook = (text: string): Book => {
  const book = emptyBook();
  const lines = text.split('\n');
  // The last one has no end: a writer was stopped within it.
  if (lines.pop() !== '') book.damaged++;
  for (const line of lines) {
    // Lines of earlier versions end without a checksum.
    const match = /^(([tars]) (\S+) (\d+))(?: ;([0-9a-f]{8}))?$/.exec(line);
    const [, entry = '', kind = '', id = '', nano = '', sum] = match ?? [];
    if (match === null || (sum !== undefined && sum !== checksum(entry))) book.damaged++;
    else enter(book, kind, id, Number(nano));
  }
  return book;
};

/** The logs of a folder by their owners. */
const readBooks = (folder: string): Map<string, Book> => {
  const root = folderOf(folder);
  const names = existsSync(root) ? readdirSync(root).filter((name) => name.endsWith('.log')) : [];
  return new Map(
    names.map((name) => [name.slice(0, -'.log'.length), readBook(readFileSync(join(root, name), 'utf8'))]),
  );
};

/** A log by its file: what it says was paid, which never shrinks, and how many of its lines are damaged. */
export const inspectSpendLogs = (
  folder: string,
): { readonly path: string; readonly paid: number; readonly damaged: number }[] =>
  [...readBooks(folder)].map(([owner, { paid, damaged }]) => ({
    path: join(folderOf(folder), `${owner}.log`),
    paid,
    damaged,
  }));

/** Adds up the logs of every process that spent from this folder, those that were killed included. */
export const readSpendLogs = (folder: string): SpendState => {
  let paid = 0;
  const open = new Map<string, OpenSpend>();
  const asked = new Map<string, OpenSpend>();
  const foreign = new Map<string, number>();
  for (const [owner, book] of readBooks(folder)) {
    paid += book.paid;
    for (const [id, nano] of book.asked) asked.set(id, { nano, owner });
    for (const [id, nano] of book.open) open.set(id, { nano, owner });
    for (const [id, nano] of book.foreign) foreign.set(id, nano);
  }
  for (const [id, nano] of foreign) {
    open.delete(id);
    asked.delete(id);
    paid += nano;
  }
  return { paid, open, asked };
};

export interface SpendLog {
  /** Before the server is asked. */
  asked(id: string, nano: number): void;
  /** Before the request is sent. */
  reserved(id: string, nano: number): void;
  settled(id: string, nano: number): void;
}

/** Lines after which a log is written anew with its sums. */
const COMPACT_AT = 2000;

/**
 * Opens the log of one process. Nobody else writes to it, so a shared folder without locks or atomic appends suffices;
 * the reservations of a killed process stay in it.
 */
export const openSpendLog = (folder: string, owner: string): SpendLog => {
  const root = folderOf(folder);
  const file = join(root, `${owner}.log`);
  const book = emptyBook();
  let lines = 0;
  const write = (kind: 'a' | 'r' | 's', id: string, nano: number) => {
    enter(book, kind, id, nano);
    try {
      if (lines === 0) makeFolder(root);
      if (++lines % COMPACT_AT !== 0) {
        // Opened and closed by every line: closing is what shows it to other machines over NFS.
        appendFileSync(file, formatLine(kind, id, nano), { mode: 0o600 });
        return;
      }
      const row =
        (letter: string) =>
        ([key, value]: [string, number]) =>
          formatLine(letter, key, value);
      const rest = [
        ...[...book.asked].map(row('a')),
        ...[...book.open].map(row('r')),
        ...[...book.foreign].map(row('s')),
      ];
      writeTextSync(file, `${formatLine('t', '-', book.paid)}${rest.join('')}`, 0o600);
    } catch (error) {
      throw asStoreError(error, file);
    }
  };
  return {
    asked: (id, nano) => write('a', id, nano),
    reserved: (id, nano) => write('r', id, nano),
    settled: (id, nano) => write('s', id, nano),
  };
};
