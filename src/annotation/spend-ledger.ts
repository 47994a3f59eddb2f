import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { SpendAnswer, SpendLedger } from './spend-budget.js';

/** A ledger in a file; see {@link openSpendLedger}. */
export interface FileSpendLedger extends SpendLedger {
  reserve(id: string, usd: number, maxUsd: number): SpendAnswer;
  settle(id: string, usd: number): void;
  leave(id: string): void;
  total(): number;
  close(): void;
}

/**
 * Opens a ledger that a resumed run and other processes share, made if it does not exist.
 *
 * The file only grows, by one line per entry. A reservation is granted by its position: it must fit together with all
 * entries before its own line, so two processes cannot both take the last dollar. A reservation whose
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
