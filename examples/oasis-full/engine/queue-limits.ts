import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateStore } from 'oasis-embed/annotation';
import type { SharedLimits } from '../models/shared-limits.js';
import { openPostgresLimits } from './postgres-limits.js';
import type { QueueServer } from './queue-server.js';
import { openRedisLimits } from './redis-limits.js';
import { folderId } from './run-queue.js';
import { createSharedLedger, type SharedLedger } from './shared-ledger.js';

/** Milliseconds between two signs of life. */
const BEAT_MS = 5000;

/** How long closing waits for settlements: what is not told by then stands in the shared folder. */
const DRAIN_MS = 3000;

/** Limits that hold over all workers of a run: kept by the server of its queue. */
export const openQueueLimits = (
  server: QueueServer,
  scope: string,
  onTrouble: (error: Error) => void,
): SharedLimits => {
  const limits =
    server.kind === 'redis' ? openRedisLimits(server, onTrouble) : openPostgresLimits(server, onTrouble);
  const owner = `${hostname().replace(/[^\w.-]/g, '_')}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const stores = new Map<string, RateStore>();
  const ledgers = new Map<string, SharedLedger>();
  const beat = setInterval(() => {
    for (const ledger of ledgers.values()) ledger.beat().catch(onTrouble);
  }, BEAT_MS);
  beat.unref();
  return {
    rates: (name) => {
      const store = stores.get(name) ?? limits.rates(`${scope}-${name}`);
      stores.set(name, store);
      return store;
    },
    ledger: (folder) => {
      const known = ledgers.get(folder);
      if (known !== undefined) return known;
      const arbiter = limits.arbiter(folderId(folder));
      const ledger = createSharedLedger({ folder, owner, arbiter });
      ledgers.set(folder, ledger);
      return ledger;
    },
    close: async () => {
      clearInterval(beat);
      const drained = Promise.all([...ledgers.values()].map((ledger) => ledger.drain()));
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      await limits.close();
    },
  };
};
