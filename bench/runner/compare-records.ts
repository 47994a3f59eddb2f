import { OWN } from './peer-packages.js';
import type { BenchRecord, Measured, WorkRecord } from './record.js';
import { bootstrap, type Interval, median, unpairedRatio } from './statistics.js';

export interface Change extends Interval {
  readonly room: string;
  readonly work: string;
  readonly size: string;
  /** What the change is measured against. */
  readonly against: string;
  readonly verdict: 'slower' | 'faster' | 'same';
}

export interface Comparison {
  /** How many times as long rivals take now: the machine's own change. */
  readonly machine: Interval | null;
  readonly changes: readonly Change[];
  readonly memory: readonly { readonly where: string; readonly before: number; readonly after: number }[];
  /** Works of one record alone. */
  readonly unmatched: readonly string[];
}

interface Row {
  readonly room: string;
  readonly work: WorkRecord;
  readonly size: string;
  readonly key: string;
  readonly measured: readonly (Measured | null)[];
}

const rowsOf = (record: BenchRecord): Map<string, Row> =>
  new Map(
    record.works.flatMap((work) =>
      work.sizes.map(({ label, measured }): [string, Row] => {
        const key = `${work.room} ${work.work}, ${label}`;
        return [key, { room: work.room, work, size: label, key, measured }];
      }),
    ),
  );

/** Rivals that stand in both records with the same version. */
const commonRivals = (before: Row, after: Row): [string, Measured, Measured][] =>
  after.work.contenders.flatMap(({ name, package: of }, at): [string, Measured, Measured][] => {
    if (at === 0 || of === undefined || of === OWN) return [];
    const old = before.work.contenders.findIndex((one) => one.name === name && one.package === of);
    const [was, is] = [before.measured[old] ?? null, after.measured[at] ?? null];
    return was === null || is === null ? [] : [[`${name}, ${of}`, was, is]];
  });

const logRatios = (ours: readonly number[], rival: readonly number[]) =>
  ours.map((time, round) => Math.log(time / rival[round]!));
const exponential = ({ value, low, high }: Interval): Interval => ({
  value: Math.exp(value),
  low: Math.exp(low),
  high: Math.exp(high),
});

/**
 * What changed between two records beyond the noise. A work with a rival is measured against that rival, which ran in
 * turn with it: a faster or busier machine changes both. Others are measured against how much all rivals changed. A
 * change counts if its 95% bootstrap interval lies outside 1 ± `tolerance`: rounds of one run tell nothing of how much
 * runs differ, so a tolerance of nothing would cry wolf.
 */
export const compareRecords = (before: BenchRecord, after: BenchRecord, tolerance = 0.1): Comparison => {
  const [olds, news] = [rowsOf(before), rowsOf(after)];
  const pairs = [...news.values()].flatMap((is) => {
    const was = olds.get(is.key);
    return was === undefined ? [] : [{ was, is, rivals: commonRivals(was, is) }];
  });
  const basisOf = ({ was, is }: { was: Row; is: Row }) =>
    was.work.basis === 'cpu' || is.work.basis === 'cpu' ? ('cpu' as const) : ('clock' as const);
  const controls = pairs.flatMap((pair) =>
    pair.rivals.map(([, was, is]) => Math.log(median(is[basisOf(pair)]) / median(was[basisOf(pair)]))),
  );
  const machine =
    controls.length === 0 ? null : exponential(bootstrap([controls], ([sample]) => median(sample!)));
  const changes = pairs.flatMap((pair): Change[] => {
    const { was, is, rivals } = pair;
    const basis = basisOf(pair);
    const [old, now] = [was.measured[0] ?? null, is.measured[0] ?? null];
    if (old === null || now === null) return [];
    let found: Interval;
    let against = 'the machine, unchanged';
    if (rivals.length > 0) {
      const [name, oldRival, newRival] = rivals[0]!;
      const samples = [logRatios(now[basis], newRival[basis]), logRatios(old[basis], oldRival[basis])];
      found = exponential(bootstrap(samples, ([a, b]) => median(a!) - median(b!)));
      against = name;
    } else {
      const drift = machine?.value ?? 1;
      const { value, low, high } = unpairedRatio(now[basis], old[basis]);
      found = { value: value / drift, low: low / drift, high: high / drift };
      if (machine !== null) against = 'all rivals';
    }
    const verdict =
      found.low > 1 + tolerance ? 'slower' : found.high < 1 / (1 + tolerance) ? 'faster' : 'same';
    return [{ ...found, room: is.room, work: is.work.work, size: is.size, against, verdict }];
  });
  const memory = pairs.flatMap(({ was, is }) => {
    const [old, now] = [was.measured[0]?.memory ?? null, is.measured[0]?.memory ?? null];
    // Below some MiB the figures are those of the allocator.
    if (old === null || now === null || Math.abs(now - old) < Math.max(4, 0.25 * old)) return [];
    return [{ where: is.key, before: old, after: now }];
  });
  const unmatched = [
    ...[...news.keys()].filter((key) => !olds.has(key)),
    ...[...olds.keys()].filter((key) => !news.has(key)),
  ];
  return { machine, changes, memory, unmatched };
};
