import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerLimitCall, createLimitClient } from '../engine/limit-calls.js';
import { createSharedLedger, type SpendArbiter } from '../engine/shared-ledger.js';
import { findPaidDamage, sealPaid } from '../models/paid-damage.js';
import { createLocalLimits, spendOf } from '../models/shared-limits.js';
import { openSpendLog, readSpendLogs, toNano } from '../models/spend-log.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shared-limits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('logs of spending', () => {
  it('add up over processes: settled, reserved, and asked for but never granted', () => {
    const [a, b] = ['a', 'b'].map((owner) => openSpendLog(folder, owner));
    a!.asked('1', 50);
    a!.reserved('1', 50);
    a!.asked('2', 70);
    b!.asked('3', 30);
    b!.reserved('3', 30);
    b!.settled('3', 10);
    expect(readSpendLogs(folder)).toEqual({
      paid: 10,
      open: new Map([['1', { nano: 50, owner: 'a' }]]),
      asked: new Map([['2', { nano: 70, owner: 'a' }]]),
    });
    // A batch of a killed process, settled by the one that went on, twice because a shard may be done twice.
    b!.settled('1', 20);
    openSpendLog(folder, 'c').settled('1', 20);
    expect(readSpendLogs(folder)).toMatchObject({ paid: 30, open: new Map() });
    expect(spendOf(folder)).toEqual({ usd: 30e-9, paid: 30e-9, reserved: 0 });
  });

  it('stay short, with the same sums', () => {
    const log = openSpendLog(folder, 'a');
    log.reserved('left', 5);
    log.settled('foreign', 7);
    for (let i = 0; i < 3000; i++) {
      log.reserved(String(i), 9);
      log.settled(String(i), 1);
    }
    expect(readFileSync(join(folder, 'spend/a.log'), 'utf8').split('\n').length).toBeLessThan(2100);
    const { paid, open } = readSpendLogs(folder);
    expect([paid, [...open.keys()]]).toEqual([3007, ['left']]);
  });

  it('never round an amount down', () => {
    expect([toNano(0.1 + 0.2), toNano(1e-10), toNano(0)]).toEqual([300000000, 1, 0]);
  });
});

describe('the ledgers of a run that ended', () => {
  const spendSome = async () => {
    const limits = createLocalLimits();
    const ledger = limits.ledger(folder);
    for (const id of ['1-a-0', '1-a-1']) {
      await ledger.reserve(id, 0.25, 1);
      await ledger.settle(id, 0.125);
    }
    await limits.close();
    const log = openSpendLog(folder, 'worker');
    for (let i = 0; i < 3; i++) {
      log.asked(`w-${i}`, 90);
      log.reserved(`w-${i}`, 90);
      log.settled(`w-${i}`, 40);
    }
  };
  const files = ['spend.log', 'spend/worker.log', 'paid.json'];

  it('show every flipped bit and every lost tail', async () => {
    await spendSome();
    await sealPaid(folder);
    expect(findPaidDamage(folder)).toEqual([]);
    const unseen: string[] = [];
    for (const path of files) {
      const sound = readFileSync(join(folder, path));
      const look = (what: string, bytes: Uint8Array | null) => {
        if (bytes === null) rmSync(join(folder, path));
        else writeFileSync(join(folder, path), bytes);
        if (!findPaidDamage(folder).some((found) => found.path === path)) unseen.push(`${path}: ${what}`);
      };
      for (let at = 0; at < sound.length; at++) {
        const flipped = Buffer.from(sound);
        flipped[at]! ^= 1 << (at % 8);
        look(`bit ${at % 8} of byte ${at}`, flipped);
        // Blanks at the end of a JSON file say nothing.
        if (path !== 'paid.json' || at < sound.length - 1) look(`cut at ${at}`, sound.subarray(0, at));
      }
      if (path !== 'paid.json') look('file', null);
      writeFileSync(join(folder, path), sound);
    }
    expect(unseen).toEqual([]);
  });

  it('may grow, and are whole also where a run was killed before it sealed them', async () => {
    expect(findPaidDamage(folder)).toEqual([]);
    await spendSome();
    expect(findPaidDamage(folder)).toEqual([]);
    await sealPaid(folder);
    const limits = createLocalLimits();
    await limits.ledger(folder).reserve('2-a-0', 0.25, 1);
    await limits.close();
    expect(findPaidDamage(folder)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['paid.json', 'spend', 'spend.log']);
  });

  it('name a line that was torn, whose amount is not counted', async () => {
    await spendSome();
    const { usd } = spendOf(folder);
    truncateSync(join(folder, 'spend.log'), readFileSync(join(folder, 'spend.log')).length - 4);
    expect(findPaidDamage(folder)).toEqual([
      { path: 'spend.log', reason: 'has 1 damaged line, whose amount is not counted' },
    ]);
    expect(spendOf(folder).usd).toBeCloseTo(usd + 0.125, 12);
  });
});

/** A server that can forget. */
const createArbiter = () => {
  let starts = 0;
  let state: { paid: number; open: Map<string, number> } | null = null;
  const arbiter: SpendArbiter = {
    reserve: async (id, _, nano, most) => {
      if (state === null) return { untold: String(starts) };
      const held = [...state.open].reduce((sum, [key, value]) => sum + (key === id ? 0 : value), state.paid);
      const granted = most === null || held + nano <= most;
      if (granted) state.open.set(id, nano);
      return { granted, held, pending: 0 };
    },
    settle: async (id, nano) => {
      if (state === null) return { untold: String(starts) };
      if (state.open.delete(id)) state.paid += nano;
      return null;
    },
    restore: async ({ untold }, { paid, open }) => {
      if (untold !== String(starts)) return;
      state ??= { paid, open: new Map([...open].map(([id, { nano }]) => [id, nano])) };
    },
    leave: async () => {},
    beat: async () => {},
  };
  const forget = () => {
    starts++;
    state = null;
  };
  return { arbiter, forget };
};

describe('a ledger over many machines', () => {
  it('is told again what is spent after the server has forgotten', async () => {
    const { arbiter, forget } = createArbiter();
    const first = createSharedLedger({ folder, owner: 'first', arbiter });
    const second = createSharedLedger({ folder, owner: 'second', arbiter });
    expect(await first.reserve('a', 0.5, 1)).toMatchObject({ granted: true });
    forget();
    expect(await second.reserve('b', 0.6, 1)).toMatchObject({ granted: false, held: 0.5 });
    await first.settle('a', 0.2);
    forget();
    expect(await second.reserve('c', 0.6, 1)).toMatchObject({ granted: true, held: 0.2 });
    forget();
    await second.settle('c', 0.6);
    expect(await first.reserve('d', 0.21, 1)).toMatchObject({ granted: false, held: 0.8 });
    expect(await first.total()).toBeCloseTo(0.8, 9);
  });

  it('is not told what was true before a second restart', async () => {
    const { arbiter, forget } = createArbiter();
    const first = createSharedLedger({ folder, owner: 'first', arbiter });
    let isFirst = true;
    const late = createSharedLedger({
      folder,
      owner: 'late',
      arbiter: {
        ...arbiter,
        // It has read the logs; before it tells the server, another one spends, and the server restarts.
        restore: async (server, state) => {
          if (isFirst) {
            isFirst = false;
            await first.reserve('a', 0.5, 1);
            await first.settle('a', 0.4);
            forget();
          }
          await arbiter.restore(server, state);
        },
      },
    });
    expect(await late.reserve('b', 0.1, 1)).toMatchObject({ granted: true, held: 0.4 });
  });

  it('counts for a run on this machine alone as well', async () => {
    const { arbiter } = createArbiter();
    const worker = createSharedLedger({ folder, owner: 'worker', arbiter });
    await worker.reserve('a', 0.5, 1);
    const limits = createLocalLimits();
    const ledger = limits.ledger(folder);
    expect(ledger.reserve('b', 0.6, 1)).toMatchObject({ granted: false, held: 0.5 });
    expect(ledger.reserve('c', 0.5, 1)).toMatchObject({ granted: true });
    expect(spendOf(folder).usd).toBeCloseTo(1, 9);
    await limits.close();
  });
});

describe('threads', () => {
  it('keep one rate and one ledger with their process', async () => {
    const limits = createLocalLimits();
    // What travels is plain data.
    const threads = [0, 1].map(() =>
      createLimitClient((call) => answerLimitCall(limits, structuredClone(call))),
    );
    const rate = { requests: 2, tokens: Number.POSITIVE_INFINITY, windowMs: 60_000 };
    const waits = [];
    for (const i of [0, 1, 2]) waits.push(await threads[i % 2]!.rates('model').start(`r${i}`, 1, rate));
    expect(waits.slice(0, 2)).toEqual([0, 0]);
    expect(waits[2]).toBeGreaterThan(59_000);
    expect(await threads[0]!.rates('other').start('r', 1, rate)).toBe(0);
    expect(await threads[0]!.ledger(folder).reserve('a', 0.7, 1)).toMatchObject({ granted: true });
    expect(await threads[1]!.ledger(folder).reserve('b', 0.7, 1)).toMatchObject({
      granted: false,
      pending: 0.7,
    });
    await limits.close();
  });
});
