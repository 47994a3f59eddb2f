import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpendBudget, openSpendLedger, verifySpendLedger } from '../../src/annotation/index.js';
import { createRandom } from '../../src/numerics/index.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spend-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('createSpendBudget', () => {
  it('waits for requests under way while their settlement could make room', async () => {
    const budget = createSpendBudget({ maxUsd: 1 });
    const first = await budget.reserve(0.8);
    let granted = false;
    const second = budget.reserve(0.5).then((reservation) => {
      granted = true;
      return reservation;
    });
    await wait(5);
    expect(granted).toBe(false);
    first.settle(0.1);
    (await second).settle(0.5);
    expect(budget.spentUsd).toBeCloseTo(0.6, 12);
  });

  it('refuses what cannot fit, with the sums', async () => {
    const budget = createSpendBudget({ maxUsd: 1 });
    (await budget.reserve(0.9)).settle();
    await expect(budget.reserve(0.2)).rejects.toMatchObject({
      kind: 'budget',
      message: expect.stringContaining('limit of $1 ($0.900000 spent or reserved)'),
    });
    (await budget.reserve(0.1)).release();
    expect(budget.spentUsd).toBe(0.9);
  });

  it('counts a reservation once, however often it is closed', async () => {
    const budget = createSpendBudget({ maxUsd: 1 });
    const reservation = await budget.reserve(0.5);
    reservation.settle(0.2);
    reservation.settle(0.3);
    reservation.release();
    expect([budget.spentUsd, budget.reservedUsd]).toEqual([0.2, 0]);
  });

  it.each([-1, Number.NaN])('refuses a limit of %f', (maxUsd) => {
    expect(() => createSpendBudget({ maxUsd })).toThrow(/maxUsd must be a number of at least 0/);
  });
});

describe('a reservation that is left', () => {
  it('counts in full until a later process settles it, once', async () => {
    const file = join(folder, 'spend');
    const first = openSpendLedger(file);
    const before = createSpendBudget({ maxUsd: 1, ledger: first });
    const { id, usd, leave } = await before.reserve(0.8);
    leave();
    expect([before.spentUsd, before.reservedUsd]).toEqual([0.8, 0]);
    await expect(before.reserve(0.3)).rejects.toMatchObject({ kind: 'budget' });
    first.close();
    const ledger = openSpendLedger(file);
    const after = createSpendBudget({ maxUsd: 1, ledger });
    expect(ledger.total()).toBe(0.8);
    const resumed = after.resume(id, usd);
    resumed.settle(0.25);
    resumed.settle(0.5);
    expect([after.spentUsd, after.reservedUsd, ledger.total()]).toEqual([0.25, 0, 0.25]);
    ledger.close();
  });

  it('is not counted twice where the same budget takes it up again', async () => {
    const budget = createSpendBudget({ maxUsd: 1 });
    const { id, usd, leave } = await budget.reserve(0.8);
    leave();
    const resumed = budget.resume(id, usd);
    expect([budget.spentUsd, budget.reservedUsd]).toEqual([0, 0.8]);
    resumed.settle(0.1);
    expect([budget.spentUsd, budget.reservedUsd]).toEqual([0.1, 0]);
  });
});

describe('openSpendLedger', () => {
  it('lets one budget wait for what another may still give back', async () => {
    const ledger = openSpendLedger(join(folder, 'spend'));
    const [first, second] = [0, 1].map(() => createSpendBudget({ maxUsd: 1, ledger }));
    const reservation = await first!.reserve(0.9);
    const waiting = second!.reserve(0.5);
    await wait(5);
    reservation.settle(0.2);
    (await waiting).settle(0.5);
    expect(ledger.total()).toBeCloseTo(0.7, 12);
    ledger.close();
  });

  it('carries what was spent, and what a killed process had reserved, into the next run', async () => {
    const file = join(folder, 'spend');
    const before = openSpendLedger(file);
    const budget = createSpendBudget({ maxUsd: 1, ledger: before });
    (await budget.reserve(0.5)).settle(0.3);
    await budget.reserve(0.4);
    before.close();
    const ledger = openSpendLedger(file);
    expect(ledger.total()).toBeCloseTo(0.7, 12);
    await expect(createSpendBudget({ maxUsd: 1, ledger }).reserve(0.35)).rejects.toMatchObject({
      kind: 'budget',
    });
    ledger.close();
  });

  it('lets several budgets on one file spend no more than the limit together', async () => {
    const file = join(folder, 'spend');
    const ledgers = [0, 1, 2].map(() => openSpendLedger(file));
    const budgets = ledgers.map((ledger) => createSpendBudget({ maxUsd: 1, ledger }));
    const random = createRandom(3);
    let spent = 0;
    let worst = 0;
    const spend = async (n: number) => {
      const usd = 0.01 + 0.05 * random.uniform();
      const reservation = await budgets[n % 3]!.reserve(usd).catch(() => null);
      if (reservation === null) return;
      const paid = usd * random.uniform();
      worst = Math.max(worst, ledgers[0]!.total());
      await wait(random.below(3));
      reservation.settle(paid);
      spent += paid;
    };
    await Promise.all(Array.from({ length: 150 }, (_, n) => spend(n)));
    expect(worst).toBeLessThanOrEqual(1 + 1e-12);
    expect(ledgers[1]!.total()).toBeCloseTo(spent, 9);
    expect(spent).toBeGreaterThan(0.8);
    for (const ledger of ledgers) ledger.close();
  });

  it('survives a line that a killed process left unfinished', () => {
    const file = join(folder, 'spend');
    const ledger = openSpendLedger(file);
    ledger.reserve('a', 0.25, 1);
    appendFileSync(file, '\nb 0.');
    ledger.reserve('c', 0.5, 1);
    expect(ledger.total()).toBe(0.75);
    expect(openSpendLedger(file).total()).toBe(0.75);
    expect(readFileSync(file, 'utf8')).toContain('b 0.');
  });

  it('shows every flipped bit and every cut within a line, and counts no damaged amount', () => {
    const file = join(folder, 'spend');
    const ledger = openSpendLedger(file);
    ledger.reserve('12-ab-0', 0.25, 1);
    ledger.reserve('12-ab-1', 5e-7, 1);
    ledger.settle('12-ab-0', 0.125);
    ledger.close();
    expect(verifySpendLedger(file)).toBe(0);
    const sound = readFileSync(file);
    const possible = new Set([0.25 + 5e-7, 0.125 + 5e-7, 0.125]);
    const unseen: string[] = [];
    for (let at = 0; at < sound.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(sound);
        flipped[at]! ^= 1 << bit;
        writeFileSync(file, flipped);
        if (verifySpendLedger(file) === 0) unseen.push(`bit ${bit} of byte ${at}`);
        const damaged = openSpendLedger(file);
        expect(possible).toContain(damaged.total());
        damaged.close();
      }
      writeFileSync(file, sound.subarray(0, at));
      // A cut between two lines leaves whole lines: only who knows the size sees it.
      const cut = at === 0 || sound[at - 1] === 10;
      expect(verifySpendLedger(file) === 0).toBe(cut);
    }
    expect(unseen).toEqual([]);
  });

  it('reads the lines of earlier versions, which have no checksum', () => {
    const file = join(folder, 'spend');
    writeFileSync(file, '\na 0.5 ;\n\nb 0.25 ;\n\na 0.125 ;\n');
    const ledger = openSpendLedger(file);
    expect([ledger.total(), verifySpendLedger(file)]).toEqual([0.375, 0]);
    ledger.close();
  });
});
