import { barsFigure } from '../figures/index.js';
import { html } from '../markup.js';
import { formatBytes, formatSeconds, formatShare } from '../number-format.js';
import { dataTable, responsiveFigure, type Section } from '../page-parts.js';
import type { ReportData } from '../report-data.js';

const barsShown = 12;

/** Where the time and the memory went, slowest stage first. */
export const costSection = ({ timings }: ReportData): Section | null => {
  if (!timings?.length) return null;
  const total = timings.reduce((sum, timing) => sum + timing.seconds, 0);
  const slowest = timings.toSorted((a, b) => b.seconds - a.seconds);
  const peaks = timings.flatMap((timing) => (timing.peakBytes === undefined ? [] : [timing.peakBytes]));
  const cached = timings.some((timing) => timing.cached);
  const peak = peaks.length ? `, with a peak of ${formatBytes(Math.max(...peaks))} of memory` : '';
  return {
    id: 'cost',
    title: 'Time and memory',
    body: html`<p>${formatSeconds(total)} in total${peak}.</p>
${responsiveFigure({
  draw: (width) =>
    barsFigure({
      title: 'Time by stage, slowest first',
      groups: [
        {
          bars: slowest
            .slice(0, barsShown)
            .map(({ stage, seconds }) => ({ label: stage, value: seconds, text: formatSeconds(seconds) })),
        },
      ],
      width,
    }),
})}
${dataTable({
  caption: 'Stages in the order they ran',
  columns: [
    { label: 'Stage' },
    { label: 'Time', numeric: true },
    { label: 'Of all', numeric: true },
    ...(peaks.length ? [{ label: 'Memory', numeric: true }] : []),
    ...(cached ? [{ label: 'From' }] : []),
  ],
  rows: timings.map((timing) => [
    timing.stage,
    formatSeconds(timing.seconds),
    formatShare(timing.seconds, total),
    ...(peaks.length ? [timing.peakBytes === undefined ? '–' : formatBytes(timing.peakBytes)] : []),
    ...(cached ? [timing.cached ? 'an earlier run' : 'this run'] : []),
  ]),
})}`,
  };
};
