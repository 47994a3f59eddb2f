import { describe, expect, it } from 'vitest';
import { compareRecords } from '../../bench/runner/compare-records.js';
import { formatComparison } from '../../bench/runner/print-comparison.js';
import type { BenchRecord, ContenderRecord } from '../../bench/runner/record.js';
import { createRandom } from '../../src/numerics/index.js';

const ROUNDS = 9;

/** Times around `milliseconds` that scatter by a few percent, as those of a machine do. */
const scattered = (milliseconds: number, seed: number, scatter = 0.03): number[] => {
  const random = createRandom(seed, 'times');
  return Array.from({ length: ROUNDS }, () => milliseconds * Math.exp(scatter * random.normal()));
};

interface Figures {
  readonly ours: number;
  readonly rival?: number;
  readonly version?: string;
  readonly memory?: number;
  readonly seed: number;
  readonly scatter?: number;
}

const record = (figures: Readonly<Record<string, Figures>>): BenchRecord => ({
  format: 1,
  date: '2026-01-01',
  commit: 'abc',
  command: 'npm run bench',
  machine: { cpu: 'c', cores: 2, memoryGiB: 8, system: 's', node: '20', backend: 'wasm', load: [0, 0] },
  works: Object.entries(figures).map(
    ([work, { ours, rival, version = '1.0.0', memory = 10, seed, scatter = 0.03 }]) => {
      const measured = (milliseconds: number, ownSeed: number) => {
        const times = scattered(milliseconds, ownSeed, scatter);
        return { clock: times, cpu: times, memory, difference: 0, agrees: true };
      };
      const contenders: ContenderRecord[] = [{ name: 'ours' }];
      if (rival !== undefined) contenders.push({ name: 'theirs', package: `rival ${version}` });
      return {
        room: 'losses',
        work,
        title: work,
        basis: 'clock',
        contenders,
        sizes: [
          {
            label: 'P = 64',
            measured: [measured(ours, seed), ...(rival === undefined ? [] : [measured(rival, seed + 1000)])],
          },
        ],
      };
    },
  ),
});

const verdicts = (before: BenchRecord, after: BenchRecord) =>
  compareRecords(before, after).changes.map(({ verdict }) => verdict);

describe('compareRecords', () => {
  it('flags a work that takes 1.3 times as long', () => {
    const before = record({ cosent: { ours: 10, rival: 50, seed: 1 } });
    const after = record({ cosent: { ours: 13, rival: 50, seed: 2 } });
    expect(verdicts(before, after)).toEqual(['slower']);
    expect(verdicts(after, before)).toEqual(['faster']);
  });

  it('flags it without a rival, too', () => {
    const before = record({ cosent: { ours: 10, seed: 1 } });
    const after = record({ cosent: { ours: 13, seed: 2 } });
    expect(verdicts(before, after)).toEqual(['slower']);
  });

  it('does not flag noise', () => {
    for (let seed = 0; seed < 30; seed++) {
      const before = record({ cosent: { ours: 10, rival: 50, seed }, mix: { ours: 4, seed: seed + 1e5 } });
      const after = record({
        cosent: { ours: 10, rival: 50, seed: seed + 2e5 },
        mix: { ours: 4, seed: seed + 3e5 },
      });
      expect(verdicts(before, after)).toEqual(['same', 'same']);
    }
  });

  it('does not flag a small change that large noise could have made', () => {
    const before = record({ cosent: { ours: 10, rival: 50, seed: 1, scatter: 0.5 } });
    const after = record({ cosent: { ours: 11.5, rival: 50, seed: 2, scatter: 0.5 } });
    expect(verdicts(before, after)).toEqual(['same']);
  });

  it('does not take a slower machine for a slower work', () => {
    const before = record({ cosent: { ours: 10, rival: 50, seed: 1 }, mix: { ours: 4, seed: 5 } });
    const after = record({ cosent: { ours: 20, rival: 100, seed: 2 }, mix: { ours: 8, seed: 6 } });
    const { machine, changes } = compareRecords(before, after);
    expect(changes.map(({ verdict }) => verdict)).toEqual(['same', 'same']);
    expect(machine?.value).toBeCloseTo(2, 1);
  });

  it('finds a slower work on a faster machine', () => {
    const before = record({ cosent: { ours: 20, rival: 100, seed: 1 }, mix: { ours: 8, seed: 5 } });
    const after = record({ cosent: { ours: 20, rival: 50, seed: 2 }, mix: { ours: 8, seed: 6 } });
    expect(verdicts(before, after)).toEqual(['slower', 'slower']);
  });

  it('measures against no rival whose version changed', () => {
    const before = record({ cosent: { ours: 10, rival: 50, seed: 1 } });
    const after = record({ cosent: { ours: 10, rival: 20, version: '2.0.0', seed: 2 } });
    expect(verdicts(before, after)).toEqual(['same']);
  });

  it('tells what takes more memory, and what only one of the records has', () => {
    const before = record({ cosent: { ours: 10, memory: 20, seed: 1 }, old: { ours: 1, seed: 3 } });
    const after = record({ cosent: { ours: 10, memory: 40, seed: 2 } });
    const comparison = compareRecords(before, after);
    expect(comparison.memory).toEqual([{ where: 'losses cosent, P = 64', before: 20, after: 40 }]);
    expect(comparison.unmatched).toEqual(['losses old, P = 64']);
  });
});

describe('formatComparison', () => {
  it('names the work, the factor and what it was measured against', () => {
    const before = record({ cosent: { ours: 10, rival: 50, seed: 1 } });
    const after = record({ cosent: { ours: 20, rival: 50, seed: 2 } });
    const text = formatComparison(before, after, compareRecords(before, after));
    expect(text).toMatch(/slower \| losses\/cosent \| P = 64 \| +[12]\.\d\d× .*theirs, rival 1\.0\.0/);
    expect(text).toContain('1 of 1 figures changed beyond the noise: 1 slower, 0 faster.');
  });
});
