import type { SpendLedger } from 'oasis-embed/annotation';
import { NANO, openSpendLog, readSpendLogs, type SpendState, toNano } from '../models/spend-log.js';

/** What a server says to a reservation, in billionths of a dollar. */
export interface ArbiterAnswer {
  readonly granted: boolean;
  readonly held: number;
  readonly pending: number;
}

/** What a server says that has started since it was told what is spent, or never was told. */
export interface UntoldServer {
  /** The process of the server: what is read from the logs after this answer is true for it, and for no later one. */
  readonly untold: string;
}

/** Decides, in one step for all processes, whether a reservation fits. */
export interface SpendArbiter {
  reserve(
    id: string,
    owner: string,
    nano: number,
    maxNano: number | null,
  ): Promise<ArbiterAnswer | UntoldServer>;
  /** Null once the server has heard it. */
  settle(id: string, nano: number): Promise<UntoldServer | null>;
  /**
   * Tells the server what is spent. Only the first after its start is heard, and only by the process that asked to be
   * told: a second restart may come in between, and by then others may have spent more.
   */
  restore(server: UntoldServer, state: Pick<SpendState, 'paid' | 'open'>): Promise<void>;
  /** Says that nobody is at work on a reservation: others do not wait for what it may give back. */
  leave(id: string): Promise<void>;
  /** Says that this process lives, so that others wait for what it may give back. */
  beat(owner: string): Promise<void>;
}

/** Milliseconds without a sign of life after which a process gives nothing back any more. */
export const OWNER_ALIVE_MS = 20_000;

/** A ledger that settles in the background and can be waited for. */
export interface SharedLedger extends SpendLedger {
  beat(): Promise<void>;
  drain(): Promise<void>;
}

/**
 * A ledger for many machines. The server decides, but the truth is in the shared folder, where every process records its
 * requests before it asks, its reservations before it sends, and its settlements before it reports them. A restarted
 * server is brought up to date from there, whatever it has kept.
 */
export const createSharedLedger = ({
  folder,
  owner,
  arbiter,
}: {
  readonly folder: string;
  readonly owner: string;
  readonly arbiter: SpendArbiter;
}): SharedLedger => {
  const log = openSpendLog(folder, owner);
  const settling = new Set<Promise<void>>();
  const restore = (server: UntoldServer) => {
    const { paid, open, asked } = readSpendLogs(folder);
    // What was asked for may have been granted by the server that is gone.
    return arbiter.restore(server, { paid, open: new Map([...asked, ...open]) });
  };
  const tell = async (id: string, nano: number): Promise<void> => {
    for (;;) {
      const server = await arbiter.settle(id, nano);
      if (server === null) return;
      await restore(server);
    }
  };

  const settle = (id: string, usd: number): Promise<void> => {
    const nano = toNano(usd);
    log.settled(id, nano);
    const told = tell(id, nano);
    settling.add(told);
    return told.finally(() => settling.delete(told));
  };

  return {
    reserve: async (id, usd, maxUsd) => {
      const nano = toNano(usd);
      const maxNano = maxUsd === Number.POSITIVE_INFINITY ? null : Math.floor(maxUsd * NANO + 1e-6);
      log.asked(id, nano);
      for (;;) {
        const answer = await arbiter.reserve(id, owner, nano, maxNano);
        if ('untold' in answer) {
          await restore(answer);
          continue;
        }
        const { granted, held, pending } = answer;
        if (granted) log.reserved(id, nano);
        else {
          log.settled(id, 0);
          // A server told from the logs in between may know of it.
          await tell(id, 0);
        }
        return { granted, held: held / NANO, pending: pending / NANO };
      }
    },
    settle,
    leave: (id) => arbiter.leave(id),
    total: () => {
      const { paid, open } = readSpendLogs(folder);
      return [...open.values()].reduce((sum, { nano }) => sum + nano, paid) / NANO;
    },
    beat: () => arbiter.beat(owner),
    drain: async () => {
      await Promise.allSettled(settling);
    },
  };
};
