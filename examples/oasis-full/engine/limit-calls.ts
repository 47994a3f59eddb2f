import type { RateStore, SpendAnswer, SpendLedger } from 'oasis-embed/annotation';
import type { SharedLimits } from '../models/shared-limits.js';

type CallsOf<Target> = {
  [Method in keyof Target & string]: Target[Method] extends (...args: infer Args) => unknown
    ? { readonly method: Method; readonly args: Args }
    : never;
}[keyof Target & string];

/** A question to the limits as plain data, from a thread to the one that has them. */
export type LimitCall =
  | ({ readonly of: 'rates'; readonly name: string } & CallsOf<RateStore>)
  | ({ readonly of: 'ledger'; readonly name: string } & CallsOf<SpendLedger>);

const askRates = (rates: RateStore, call: CallsOf<RateStore>) => {
  switch (call.method) {
    case 'start':
      return rates.start(...call.args);
    case 'correct':
      return rates.correct(...call.args);
    case 'leave':
      return rates.leave(...call.args);
    case 'pause':
      return rates.pause(...call.args);
  }
};

const askLedger = (ledger: SpendLedger, call: CallsOf<SpendLedger>) => {
  switch (call.method) {
    case 'reserve':
      return ledger.reserve(...call.args);
    case 'settle':
      return ledger.settle(...call.args);
    case 'leave':
      return ledger.leave(...call.args);
    case 'total':
      return ledger.total(...call.args);
  }
};

/** Asks the limits what a thread wants to know. */
export const answerLimitCall = async (limits: SharedLimits, call: LimitCall): Promise<unknown> =>
  call.of === 'rates' ? askRates(limits.rates(call.name), call) : askLedger(limits.ledger(call.name), call);

/** Limits that lie in another thread. */
export const createLimitClient = (ask: (call: LimitCall) => Promise<unknown>): SharedLimits => ({
  rates: (name) => ({
    start: (...args) => ask({ of: 'rates', name, method: 'start', args }) as Promise<number>,
    correct: (...args) => ask({ of: 'rates', name, method: 'correct', args }) as Promise<void>,
    leave: (...args) => ask({ of: 'rates', name, method: 'leave', args }) as Promise<void>,
    pause: (...args) => ask({ of: 'rates', name, method: 'pause', args }) as Promise<void>,
  }),
  ledger: (name) => ({
    reserve: (...args) => ask({ of: 'ledger', name, method: 'reserve', args }) as Promise<SpendAnswer>,
    settle: (...args) => ask({ of: 'ledger', name, method: 'settle', args }) as Promise<void>,
    leave: (...args) => ask({ of: 'ledger', name, method: 'leave', args }) as Promise<void>,
    total: (...args) => ask({ of: 'ledger', name, method: 'total', args }) as Promise<number>,
  }),
  close: async () => {},
});
