import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { SpendAnswer, SpendLedger } from './spend-budget.js';

/** A ledger in a file; see {@link openSpendLedger}. */
export interface FileSpendLedger extends SpendLedger {
  reserve(id: string, usd: number, maxUsd: number): SpendAnswer;
  settle(id: string, usd: number): void;
  leave(id: string): void;
  total(): number;
  close(): void;
}

const checksum = (entry: string): string => crc32(entry).toString(16).padStart(8, '0');

/** An entry, or null where a line holds none: one that was torn or damaged, or the empty one between two entries. */
const readEntry = (line: string): { readonly id: string; readonly usd: number } | null => {
  // Lines of earlier versions end without a checksum.
  const match = /^((\S+) (\d+(?:\.\d+)?(?:e[-+]?\d+)?)) ;([0-9a-f]{8})?$/.exec(line);
  if (match === null) return null;
  const [, entry, id, usd, sum] = match as unknown as [string, string, string, string, string | undefined];
  return sum === undefined || sum === checksum(entry) ? { id, usd: Number(usd) } : null;
};

/**
 * Opens a ledger that a resumed run and other processes share, made if it does not exist.
 *
 * The file only grows, by one line with a checksum per entry. A reservation is granted by its position: it must fit
 * together with all entries before its own line, so two processes cannot both take the last dollar. A reservation whose
 * process was killed stays in the sum, because its request may have been charged. A damaged line counts as none; see
 * {@link verifySpendLedger}.
 *
 * @param file A file on a local disk: appends must be atomic.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSpendBudget, openSpendLedger } from 'oasis-embed/annotation';
 * const ledger = openSpendLedger(join(mkdtempSync(join(tmpdir(), 'spend-')), 'spend.jsonl'));
 * const budget = createSpendBudget({ maxUsd: 2, ledger });
 * (await budget.reserve(1.5)).settle(0.5);
 * console.log(ledger.total()); // 0.5
 * ledger.close();
 * ```
 */
export const openSpendLedger = (file: string): FileSpendLedger => {
  const fd = openSync(file, 'a+', 0o600);
  const entries = new Map<string, { usd: number; place: number }>();
  let end = 0;
  let rest = '';
  let places = 0;

  const readOn = () => {
    const { size } = fstatSync(fd);
    if (size <= end) return;
    const bytes = Buffer.alloc(size - end);
    end += readSync(fd, bytes, 0, bytes.length, end);
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const entry = readEntry(line);
      if (entry === null) continue;
      const { id, usd } = entry;
      const known = entries.get(id);
      if (known === undefined) entries.set(id, { usd, place: places++ });
      else known.usd = usd;
    }
  };
  const append = (id: string, usd: number) => {
    // The line break before the entry parts it from one that a killed process left unfinished.
    const entry = `${id} ${usd}`;
    const bytes = Buffer.from(`\n${entry} ;${checksum(entry)}\n`, 'latin1');
    // On a full disk the first write may end early; the next one then says why.
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    readOn();
  };

  const sum = (before = Number.POSITIVE_INFINITY) => {
    let held = 0;
    for (const entry of entries.values()) if (entry.place < before) held += entry.usd;
    return held;
  };
  /** Reserved through this ledger and not settled: those of other processes may never be. */
  const own = new Map<string, number>();

  return {
    reserve: (id, usd, maxUsd) => {
      const pending = [...own.values()].reduce((total, amount) => total + amount, 0);
      append(id, usd);
      const held = sum(entries.get(id)!.place);
      const granted = held + usd <= maxUsd;
      if (granted) own.set(id, usd);
      else append(id, 0);
      return { granted, held, pending };
    },
    settle: (id, usd) => {
      own.delete(id);
      append(id, usd);
    },
    leave: (id) => {
      own.delete(id);
    },
    total: () => {
      readOn();
      return sum();
    },
    close: () => closeSync(fd),
  };
};

/**
 * Reads a whole ledger and counts the lines that hold no entry any more, because they were damaged, or torn by a full
 * disk or a power failure. A ledger needs no such call: it never counts a damaged amount.
 *
 * @param file As given to {@link openSpendLedger}.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { openSpendLedger, verifySpendLedger } from 'oasis-embed/annotation';
 * const file = join(mkdtempSync(join(tmpdir(), 'spend-')), 'spend.log');
 * const ledger = openSpendLedger(file);
 * ledger.reserve('request-1', 0.25, 1);
 * ledger.close();
 * console.log(verifySpendLedger(file)); // 0
 * ```
 */
export const verifySpendLedger = (file: string): number => {
  const lines = readFileSync(file, 'latin1').split('\n');
  const torn = lines.pop() === '' ? 0 : 1;
  return lines.filter((line) => line !== '' && readEntry(line) === null).length + torn;
};
