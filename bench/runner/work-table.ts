import type { Measured, WorkRecord } from './record.js';
import { median, pairedRatio } from './statistics.js';

/** Three significant digits, no exponents. */
const number = (value: number): string =>
  value >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(value >= 10 ? 3 : 2)));

export const duration = (milliseconds: number): string => {
  if (milliseconds >= 10_000) return `${number(milliseconds / 1000)} s`;
  if (milliseconds >= 1) return `${number(milliseconds)} ms`;
  return milliseconds >= 0.001 ? `${number(milliseconds * 1000)} µs` : `${number(milliseconds * 1e6)} ns`;
};

const memory = (mebibytes: number | null): string =>
  mebibytes === null ? '' : `${mebibytes < 1 ? '< 1' : number(mebibytes)} MiB`;

const cellOf = (
  measured: Measured | null,
  ours: Measured | null,
  isOurs: boolean,
  basis: 'clock' | 'cpu',
) => {
  if (measured === null) return '–';
  const parts = [duration(median(measured[basis]))];
  if (!isOurs && ours !== null) {
    const { value, low, high } = pairedRatio(measured[basis], ours[basis]);
    // Where the rival is the faster one, the eye is to find it.
    const ratio = value < 1 ? `**${number(value)}×**` : `${number(value)}×`;
    parts.push(`${ratio} (${number(low)}–${number(high)})`);
  }
  if (!measured.agrees) parts.push('**another result**');
  if (measured.memory !== null) parts.push(memory(measured.memory));
  return parts.join(', ');
};

/** The rows of a work: a size each, with the time, the ratio to ours with its 95% interval, and memory. */
export const workTable = (work: WorkRecord): { readonly head: string[]; readonly rows: string[][] } => {
  const shown = work.contenders.flatMap(({ missing }, at) => (missing === undefined ? [at] : []));
  const head = shown.map((at) => {
    const { name, package: of } = work.contenders[at]!;
    return of === undefined ? `\`${name}\`` : `${name}, ${of}`;
  });
  const rows = work.sizes.map(({ label, measured }) => [
    label,
    ...shown.map((at) => cellOf(measured[at]!, measured[0]!, at === 0, work.basis)),
  ]);
  return { head: ['', ...head], rows };
};

/** A table in Markdown, its columns padded so that it reads well on a terminal, too. */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  pad = false,
): string => {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (pad ? cell.padEnd(widths[column]!) : cell)).join(' | ')} |`;
  const rule = `|${head.map((_, column) => '-'.repeat(pad ? widths[column]! + 2 : 3)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
};

/** What a reader must know beside the table. */
export const workRemarks = (work: WorkRecord): string[] => {
  const missing = work.contenders.flatMap(({ name, package: of, missing: how }) =>
    how === undefined ? [] : [`Not measured: ${name} of ${of}, which is not installed (\`${how}\`).`],
  );
  return [...(work.note === undefined ? [] : [work.note]), ...missing];
};
