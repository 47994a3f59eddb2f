import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRateStore,
  type FileSpendLedger,
  openSpendLedger,
  type RateStore,
  type SpendLedger,
} from 'oasis-embed/annotation';
import { NANO, readSpendLogs } from './spend-log.js';

/** What all who do shards have in common: the rates of services, and the money spent. */
export interface SharedLimits {
  /** Whoever asks for one name keeps one limit with all others who do. */
  rates(name: string): RateStore;
  /** The ledger of a folder of answers. */
  ledger(folder: string): SpendLedger;
  close(): Promise<void>;
}

/** In US dollars. */
export interface Spend {
  readonly usd: number;
  readonly paid: number;
  /** By requests under way, and by those of killed processes: they may have been charged. */
  readonly reserved: number;
}

/** What workers of a queue spent. */
const sharedSpend = (folder: string): Spend => {
  const { paid, open } = readSpendLogs(folder);
  let reserved = 0;
  for (const { nano } of open.values()) reserved += nano;
  return { usd: (paid + reserved) / NANO, paid: paid / NANO, reserved: reserved / NANO };
};

/** The ledger that the runs of one machine share. */
export const ledgerFile = (folder: string): string => join(folder, 'spend.log');

/** What was spent from a folder of answers, or is reserved, by runs on any engine. */
export const spendOf = (folder: string): Spend => {
  const shared = sharedSpend(folder);
  if (!existsSync(ledgerFile(folder))) return shared;
  const ledger = openSpendLedger(ledgerFile(folder));
  try {
    // This ledger does not tell what is paid from what is reserved.
    const usd = ledger.total();
    return { usd: usd + shared.usd, paid: usd + shared.paid, reserved: shared.reserved };
  } finally {
    ledger.close();
  }
};

/** Limits of this process and its threads. Other processes of the machine share the ledger, by its file. */
export const createLocalLimits = (): SharedLimits => {
  const stores = new Map<string, RateStore>();
  const ledgers = new Map<string, FileSpendLedger>();
  return {
    rates: (name) => {
      const store = stores.get(name) ?? createRateStore();
      stores.set(name, store);
      return store;
    },
    ledger: (folder) => {
      mkdirSync(folder, { recursive: true });
      const file = ledgers.get(folder) ?? openSpendLedger(ledgerFile(folder));
      ledgers.set(folder, file);
      // What workers spent on another engine; none of them is at work while this one is.
      const before = sharedSpend(folder).usd;
      return {
        reserve: (id, usd, maxUsd) => {
          const answer = file.reserve(id, usd, maxUsd - before);
          return { ...answer, held: answer.held + before };
        },
        settle: (id, usd) => file.settle(id, usd),
        leave: (id) => file.leave(id),
        total: () => file.total() + before,
      };
    },
    close: async () => {
      for (const file of ledgers.values()) file.close();
      ledgers.clear();
    },
  };
};

let current: SharedLimits | null = null;

/** The limits of this thread: those of its process, unless whoever started the thread has set others. */
export const sharedLimits = (): SharedLimits => {
  current ??= createLocalLimits();
  return current;
};

export const setSharedLimits = (limits: SharedLimits): void => {
  current = limits;
};
