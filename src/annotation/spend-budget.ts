import { ModelError } from './model-error.js';

/** What a service charges, in US dollars for a million tokens. */
export interface ModelPrices {
  readonly promptPerMillion: number;
  /** @defaultValue 0 */
  readonly completionPerMillion?: number;
}

/** Money that is reserved before a request is sent and settled with the usage that the service reports. */
export interface SpendBudget {
  readonly maxUsd: number;
  /** Settled so far; a request whose outcome is unknown counts in full. */
  readonly spentUsd: number;
  /** Reserved by requests under way. */
  readonly reservedUsd: number;
  /**
   * Resolves once the amount fits beside everything spent and reserved; waits for requests under way as long as
   * their settlement could still make room.
   *
   * @throws ModelError of kind `budget` when it cannot fit.
   */
  reserve(usd: number): Promise<SpendReservation>;
}

export interface SpendReservation {
  /** The true price, or the whole reservation when it is not known. */
  settle(usd?: number): void;
  /** The request was not charged. */
  release(): void;
}

/** Where a budget keeps its entries, so that a resumed run and a second process share the limit. */
export interface SpendLedger {
  /**
   * Enters a reservation and returns what all entries before it, others' included, hold (spent or reserved).
   */
  enter(id: string, usd: number): number;
  /** Replaces a reservation by what was paid. */
  settle(id: string, usd: number): void;
  /** What was paid or is still reserved by anybody. */
  total(): number;
}

/**
 * A limit in US dollars that is never overspent, however many requests run at once.
 *
 * reserve(x) succeeds when spent + reserved + x ≤ maxUsd. A reservation must be an upper bound of the price;
 * settling at less gives the rest back.
 *
 * @param options.maxUsd The limit.
 * @param options.ledger Shares the limit over restarts and processes; see `openSpendLedger`.
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
export const createSpendBudget = ({
  maxUsd,
  ledger,
}: {
  readonly maxUsd: number;
  readonly ledger?: SpendLedger;
}): SpendBudget => {
  if (!(maxUsd >= 0)) throw new RangeError(`maxUsd must be a number of at least 0, received ${maxUsd}`);
  let spent = 0;
  let reserved = 0;
  let underWay = 0;
  let serial = 0;
  const prefix = `${process.pid}-${Date.now().toString(36)}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };

  const tryEnter = (id: string, usd: number): number => {
    if (ledger === undefined) return spent + reserved;
    const others = ledger.enter(id, usd);
    if (others + usd > maxUsd) ledger.settle(id, 0);
    return others;
  };

  const reserve = async (usd: number): Promise<SpendReservation> => {
    if (!(usd >= 0)) throw new RangeError(`usd must be a number of at least 0, received ${usd}`);
    for (;;) {
      const id = `${prefix}-${serial++}`;
      const held = tryEnter(id, usd);
      if (held + usd <= maxUsd) return open(id, usd);
      if (underWay === 0) {
        throw new ModelError(
          'budget',
          `the next request may cost $${usd.toFixed(6)}, which does not fit the limit of $${maxUsd} ` +
            `($${held.toFixed(6)} spent or reserved)`,
        );
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };

  const open = (id: string, usd: number): SpendReservation => {
    reserved += usd;
    underWay++;
    let closed = false;
    const close = (paid: number) => {
      if (closed) return;
      closed = true;
      reserved -= usd;
      spent += paid;
      underWay--;
      ledger?.settle(id, paid);
      wake();
    };
    return { settle: (paid = usd) => close(paid), release: () => close(0) };
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
  };
};
