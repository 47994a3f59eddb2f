import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { SpendLedger } from './spend-budget.js';

/** A ledger in a file; see {@link openSpendLedger}. */
export interface FileSpendLedger extends SpendLedger {
  close(): void;
}

/**
 * Opens a ledger that a resumed run and other processes share, made if it does not exist.
 *
 * The file only grows, one line an entry. A reservation is granted by its place: it must fit beside every entry
 * that stands before its own line, so two processes cannot both take the last dollar. A reservation whose
 * process was killed stays in the sum, because its request may have been charged.
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
      const match = /^(\S+) (\d+(?:\.\d+)?(?:e[-+]?\d+)?) ;$/.exec(line);
      if (match === null) continue;
      const [, id, usd] = match as unknown as [string, string, string];
      const known = entries.get(id);
      if (known === undefined) entries.set(id, { usd: Number(usd), place: places++ });
      else known.usd = Number(usd);
    }
  };
  const append = (id: string, usd: number) => {
    // The line break before the entry parts it from one that a killed process left unfinished.
    writeSync(fd, `\n${id} ${usd} ;\n`);
    readOn();
  };

  return {
    enter: (id, usd) => {
      append(id, usd);
      const { place } = entries.get(id)!;
      let held = 0;
      for (const entry of entries.values()) if (entry.place < place) held += entry.usd;
      return held;
    },
    settle: append,
    total: () => {
      readOn();
      let held = 0;
      for (const { usd } of entries.values()) held += usd;
      return held;
    },
    close: () => closeSync(fd),
  };
};
