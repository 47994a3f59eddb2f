import type { Change, Comparison } from './compare-records.js';
import type { BenchRecord } from './record.js';
import type { Interval } from './statistics.js';
import { markdownTable } from './work-table.js';

const times = ({ value, low, high }: Interval): string =>
  `${value.toFixed(2)}× (${low.toFixed(2)}–${high.toFixed(2)})`;

const rowOf = (change: Change): string[] => [
  change.verdict,
  `${change.room}/${change.work}`,
  change.size,
  times(change),
  change.against,
];

/** What changed, for a terminal: changes beyond the noise first, then counts. */
export const formatComparison = (before: BenchRecord, after: BenchRecord, comparison: Comparison): string => {
  const { changes, machine, memory, unmatched } = comparison;
  const real = changes.filter(({ verdict }) => verdict !== 'same').sort((a, b) => b.value - a.value);
  const lines = [`${before.commit} (${before.date}) → ${after.commit} (${after.date})`];
  if (before.machine.cpu !== after.machine.cpu || before.machine.node !== after.machine.node)
    lines.push(
      `The machines differ: ${before.machine.cpu}, Node ${before.machine.node}; ${after.machine.cpu}, Node ${after.machine.node}.`,
    );
  if (machine !== null) lines.push(`The rivals, which did not change, take ${times(machine)} as long.`);
  if (real.length > 0)
    lines.push(
      markdownTable(['', 'Work', 'Size', 'Time, new to old', 'Measured against'], real.map(rowOf), true),
    );
  lines.push(
    `${real.length} of ${changes.length} figures changed beyond the noise${real.length === 0 ? '.' : `: ${real.filter(({ verdict }) => verdict === 'slower').length} slower, ${real.filter(({ verdict }) => verdict === 'faster').length} faster.`}`,
  );
  for (const { where, before: was, after: is } of memory)
    lines.push(`Memory of ${where}: ${was} → ${is} MiB.`);
  if (unmatched.length > 0) lines.push(`In one of the two only: ${unmatched.join('; ')}.`);
  return lines.join('\n');
};
