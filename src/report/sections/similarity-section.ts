import { histogramFigure } from '../figures/index.js';
import { html, type Markup, type MarkupValue } from '../markup.js';
import { formatCount, formatDecimal, formatQuantity, formatShare } from '../number-format.js';
import { behind, dataTable, responsiveFigure, type Section } from '../page-parts.js';
import type { HistogramData, ReportData, SimilarityReport } from '../report-data.js';

/** The similarities of pairs, the mixture fitted to them, and where the line was drawn. */
export const similaritySection = ({ similarity }: ReportData): Section | null => {
  if (!similarity || similarity.negatives.counts.length === 0) return null;
  const { threshold, mixture, positives, pairs } = similarity;
  const fitted = pairs ?? similarity.negatives;
  const of = pairs ? 'all pairs' : 'negatives';
  const label = threshold.kind === 'intersection' ? 's* = ' : 'threshold ';
  return {
    id: 'similarities',
    title: `How similar ${pairs ? 'pairs' : 'negatives'} are`,
    body: html`<p>Some functions of the same repository answer a query as well as its own code does. The similarities of ${pairs ? 'all pairs, its own code among them,' : 'all negatives'} show how many such there may be${similarity.labeler && ` (labeled by ${similarity.labeler})`}. ${thresholdWords(similarity)}</p>
${responsiveFigure({
  draw: (width) =>
    histogramFigure({
      title: `Similarities of ${of}`,
      description: `${thresholdWords(similarity)} The table below holds the counts.`,
      ...fitted,
      label: of,
      ...(positives ? { outline: { ...positives, label: 'positives' } } : {}),
      ...(mixture ? { mixture } : {}),
      ...(threshold.kind === 'none'
        ? {}
        : { threshold: { value: threshold.value, label: `${label}${formatDecimal(threshold.value)}` } }),
      xLabel: 'similarity of query and code',
      width,
    }),
  caption: html`${mixture && 'Solid curves: the fitted components. Dashed: their sum. '}${threshold.kind !== 'none' && 'Shaded: suspects by the threshold rule.'}`,
})}
${mixture && mixtureTable(mixture, similarity)}${fitsTable(similarity)}${behind('Counts behind the figure', countsTable(fitted))}`,
  };
};

const thresholdWords = ({ threshold }: SimilarityReport): string => {
  if (threshold.kind === 'intersection') {
    return `The two components cross at s* = ${formatDecimal(threshold.value, 4)}: from there on a pair more likely belongs to the upper one.`;
  }
  const reason = threshold.reason.trim().replace(/\.$/, '');
  return threshold.kind === 'chosen'
    ? `The threshold ${formatDecimal(threshold.value, 4)} was chosen, not fitted: ${reason}.`
    : `There is no threshold: ${reason}.`;
};

const mixtureTable = (
  mixture: NonNullable<SimilarityReport['mixture']>,
  similarity: SimilarityReport,
): Markup => {
  const order = Array.from(mixture.means, (_, k) => k).sort(
    (a, b) => (mixture.means[a] ?? 0) - (mixture.means[b] ?? 0),
  );
  const facts: MarkupValue[] = [];
  if (similarity.ashmanD !== undefined) {
    facts.push(
      `Ashman’s D is ${formatDecimal(similarity.ashmanD, 2)} (${similarity.ashmanD > 2 ? 'above 2: the components stand apart' : 'at most 2: the components are hardly apart'}). `,
    );
  }
  if (similarity.deltaBic !== undefined) {
    facts.push(
      `By BIC, ${similarity.deltaBic > 0 ? 'two components fit better than one' : 'one component fits as well as two'} (difference ${formatCount(similarity.deltaBic)}).`,
    );
  }
  return html`${dataTable({
    caption: mixture.alphas ? 'Fitted beta components' : 'Fitted components',
    columns: [
      { label: 'Component' },
      { label: 'Weight', numeric: true },
      { label: 'Mean', numeric: true },
      { label: 'Standard deviation', numeric: true },
    ],
    rows: order.map((k, i) => [
      order.length === 2 ? (i === 0 ? 'lower' : 'upper') : `${i + 1}`,
      formatDecimal(mixture.weights[k] ?? Number.NaN),
      formatDecimal(mixture.means[k] ?? Number.NaN),
      formatDecimal(Math.sqrt(mixture.variances[k] ?? Number.NaN)),
    ]),
  })}${facts.length > 0 && html`<p class="quiet">${facts}</p>`}`;
};

const fitsTable = ({ fits = [], mixture }: SimilarityReport): MarkupValue => {
  if (fits.length < 2) return null;
  const best = fits.reduce((a, b) => (b.bic < a.bic ? b : a));
  return html`${dataTable({
    caption: 'Fits by number of components',
    columns: [
      { label: 'Components', numeric: true },
      { label: 'BIC', numeric: true },
      { label: 'Above the lowest', numeric: true },
      { label: 'Converged' },
    ],
    rows: fits.map(({ components, bic, converged }) => [
      `${components}`,
      formatCount(bic),
      formatCount(bic - best.bic),
      converged ? 'yes' : 'no',
    ]),
  })}<p class="quiet">BIC is lowest with ${formatQuantity(best.components, 'component')}.${
    mixture &&
    best.components > mixture.means.length &&
    ' With many scores it takes a component for every departure from the family’s shape; the threshold is always that of two.'
  }</p>`;
};

const rowsShown = 20;

const countsTable = (histogram: HistogramData): Markup => {
  const { counts, minimum, maximum } = histogram;
  const rows = Math.min(rowsShown, counts.length);
  const joined = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const row = Math.floor((i * rows) / counts.length);
    joined[row] = (joined[row] ?? 0) + (counts[i] ?? 0);
    total += counts[i] ?? 0;
  }
  const first = (row: number) => Math.ceil((row * counts.length) / rows);
  const edge = (row: number) => formatDecimal(minimum + ((maximum - minimum) * first(row)) / counts.length);
  return dataTable({
    caption: 'Pairs by similarity',
    hideCaption: true,
    columns: [{ label: 'Similarity' }, { label: 'Pairs', numeric: true }, { label: 'Share', numeric: true }],
    rows: Array.from(joined, (count, row) => [
      `${edge(row)} to ${edge(row + 1)}`,
      formatCount(count),
      formatShare(count, total),
    ]),
  });
};
