import { randomUUID } from 'node:crypto';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { ModelError } from './model-error.js';

/** What a service charges, in US dollars per million tokens. */
export interface ModelPrices {
  readonly promptPerMillion: number;
  /** @defaultValue 0 */
  readonly completionPerMillion?: number;
}

export const MODEL_PRICES: OptionNames<ModelPrices> = { promptPerMillion: true, completionPerMillion: true };

/** Money that is reserved before a request is sent and settled with the usage that the service reports. */
export interface SpendBudget {
  readonly maxUsd: number;
  /** Settled so far by this budget; a request whose outcome is unknown counts in full. */
  readonly spentUsd: number;
  /** Reserved by requests under way. */
  readonly reservedUsd: number;
  /**
   * Resolves once the amount fits in addition to everything spent and reserved; waits for requests under way as long as
   * their settlement could still make room.
   *
   * @throws ModelError of kind `budget` when it cannot fit.
   */
  reserve(usd: number): Promise<SpendReservation>;
  /**
   * Takes over a reservation that an earlier process made and left (see `leave`), to settle it at last. Nothing is
   * reserved anew: in a ledger it counts since it was made.
   */
  resume(id: string, usd: number): SpendReservation;
}

export interface SpendReservation {
  /** By which {@link SpendBudget.resume} finds it again. */
  readonly id: string;
  readonly usd: number;
  /** The true price, or the whole reservation when it is not known. */
  settle(usd?: number): void;
  /** The request was not charged. */
  release(): void;
  /** Leaves it to a later process to settle; until then it counts in full. */
  leave(): void;
}

/** What a ledger says to a reservation, in US dollars. */
export interface SpendAnswer {
  /** Whether it was entered. */
  readonly granted: boolean;
  /** What all other entries hold, paid or reserved. */
  readonly held: number;
  /** The part of it that requests under way may still give back; what killed processes reserved is not among it. */
  readonly pending: number;
}

/** Where a budget keeps its entries, so that a resumed run and other processes share the limit. */
export interface SpendLedger {
  /** Enters a reservation where it fits beside everything paid or reserved by anybody, and nothing where not. */
  reserve(id: string, usd: number, maxUsd: number): SpendAnswer | Promise<SpendAnswer>;
  /** Replaces a reservation by what was paid. */
  settle(id: string, usd: number): void | Promise<void>;
  /** Nobody is at work on a reservation any more; it counts, and others do not wait for what it may give back. */
  leave(id: string): void | Promise<void>;
  /** What was paid or is still reserved by anybody. */
  total(): number | Promise<number>;
}

/** How long one who waits for money sleeps before it asks a ledger again, in milliseconds. */
const ASK_AGAIN_MS = 250;

const CREATE_SPEND_BUDGET_OPTIONS: OptionNames<{
  readonly maxUsd: number;
  readonly ledger?: SpendLedger;
}> = { maxUsd: true, ledger: true };

/**
 * A limit in US dollars that is never overspent, however many requests run at once.
 *
 * reserve(x) succeeds when spent + reserved + x ≤ maxUsd. A reservation must be an upper bound of the price;
 * settling at less gives the rest back.
 *
 * @param options `maxUsd`, the limit, and `ledger`, which shares it over restarts and processes: see `openSpendLedger`.
 * @throws RangeError when `maxUsd` is not a number of at least 0.
 *
 * @example
 * ```ts
 * import { createSpendBudget } from 'oasis-embed/annotation';
 * const budget = createSpendBudget({ maxUsd: 1 });
 * const reservation = await budget.reserve(0.4);
 * reservation.settle(0.1);
 * console.log(budget.spentUsd); // 0.1
 * ```
 */
export const createSpendBudget = (options: {
  readonly maxUsd: number;
  readonly ledger?: SpendLedger;
}): SpendBudget => {
  checkOptions('createSpendBudget', options, CREATE_SPEND_BUDGET_OPTIONS);
  const { maxUsd, ledger } = options;
  if (!(maxUsd >= 0)) throw new RangeError(`maxUsd must be a number of at least 0, received ${maxUsd}`);
  let spent = 0;
  let reserved = 0;
  let underWay = 0;
  let serial = 0;
  const prefix = `${process.pid}-${randomUUID()}`;
  /** Left to a later process: counted as spent until they are resumed here. */
  const left = new Map<string, number>();
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };
  /** Until something is settled here; where others may settle too, a moment at most. */
  const settlement = () =>
    new Promise<void>((resolve) => {
      const timer = ledger === undefined ? undefined : setTimeout(resolve, ASK_AGAIN_MS);
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  const ask = (id: string, usd: number): SpendAnswer | Promise<SpendAnswer> =>
    ledger === undefined
      ? {
          granted: spent + reserved + usd <= maxUsd,
          held: spent + reserved,
          pending: underWay === 0 ? 0 : reserved,
        }
      : ledger.reserve(id, usd, maxUsd);

  const reserve = async (usd: number): Promise<SpendReservation> => {
    if (!(usd >= 0)) throw new RangeError(`usd must be a number of at least 0, received ${usd}`);
    for (;;) {
      const id = `${prefix}-${serial++}`;
      const answer = ask(id, usd);
      // Without a ledger nothing may come between asking and entering.
      const { granted, held, pending } = answer instanceof Promise ? await answer : answer;
      if (granted) return open(id, usd);
      if (pending === 0 || held - pending + usd > maxUsd) {
        throw new ModelError(
          'budget',
          `the next request may cost $${usd.toFixed(6)}, which does not fit the limit of $${maxUsd} ` +
            `($${held.toFixed(6)} spent or reserved)`,
        );
      }
      await settlement();
    }
  };

  const open = (id: string, usd: number): SpendReservation => {
    reserved += usd;
    underWay++;
    let closed = false;
    const close = (paid: number, isLeft = false) => {
      if (closed) return;
      closed = true;
      reserved -= usd;
      underWay--;
      spent += paid;
      if (isLeft) left.set(id, paid);
      const told = isLeft ? ledger?.leave(id) : ledger?.settle(id, paid);
      void Promise.resolve(told).then(wake, wake);
      wake();
    };
    return {
      id,
      usd,
      settle: (paid = usd) => close(paid),
      release: () => close(0),
      leave: () => close(usd, true),
    };
  };

  return {
    maxUsd,
    get spentUsd() {
      return spent;
    },
    get reservedUsd() {
      return reserved;
    },
    reserve,
    resume: (id, usd) => {
      spent -= left.get(id) ?? 0;
      left.delete(id);
      return open(id, usd);
    },
  };
};
