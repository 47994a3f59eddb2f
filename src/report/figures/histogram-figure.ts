import { componentDensity } from '../../mixture/index.js';
import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { html } from '../markup.js';
import { formatCount, formatDecimal } from '../number-format.js';
import { linearScale } from './linear-scale.js';
import {
  axes,
  axisMargin,
  type FigureOptions,
  fill,
  haloText,
  type Legend,
  legendRows,
  px,
  seriesColors,
  stroke,
  svgFigure,
  textWidth,
} from './svg.js';

/** Options of {@link histogramFigure}. */
export interface HistogramFigureOptions extends FigureOptions {
  /** Left edge of the first bin and right edge of the last. */
  readonly minimum: number;
  readonly maximum: number;
  /** Counts over equal bins. */
  readonly counts: ArrayLike<number>;
  /** Names the bars. @defaultValue 'pairs' */
  readonly label?: string;
  /** A second sample, drawn as an outline. */
  readonly outline?: {
    readonly minimum: number;
    readonly maximum: number;
    readonly counts: ArrayLike<number>;
    readonly label: string;
  };
  /** A mixture of normals, or of betas where their shapes are given: each component's curve and their sum. */
  readonly mixture?: {
    readonly weights: ArrayLike<number>;
    readonly means: ArrayLike<number>;
    readonly variances: ArrayLike<number>;
    readonly alphas?: ArrayLike<number>;
    readonly betas?: ArrayLike<number>;
  };
  /** A vertical line with its label; everything at or above it is shaded. */
  readonly threshold?: { readonly value: number; readonly label: string };
  readonly xLabel?: string;
}

interface Binned {
  readonly minimum: number;
  readonly maximum: number;
  readonly width: number;
  readonly shares: readonly number[];
  readonly counts: readonly number[];
}

const HISTOGRAM_FIGURE_OPTIONS: OptionNames<HistogramFigureOptions> = {
  minimum: true,
  maximum: true,
  counts: true,
  label: true,
  outline: true,
  mixture: true,
  threshold: true,
  xLabel: true,
  title: true,
  description: true,
  width: true,
  id: true,
};

/**
 * A histogram as shares of its sample, with the curves of a fitted mixture and a threshold.
 *
 * The axis spans the occupied bins. Fine bins are merged until at most 48 (narrow) or 96 (wide) are left, so 4,096 bins
 * can be passed as they are.
 * Heights are shares of all counts, and a curve's height is the share that its component expects in a bin.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when `maximum` is not above `minimum`, or `counts` is empty or has a negative count.
 * @example
 * ```ts
 * import { histogramFigure } from 'oasis-embed/report';
 *
 * const svg = histogramFigure({
 *   title: 'Similarities', minimum: 0, maximum: 1, counts: [1, 4, 9, 6, 2, 3, 5, 2],
 *   threshold: { value: 0.55, label: 's* = 0.55' },
 * });
 * console.log(svg.startsWith('<svg'));
 * ```
 */
export const histogramFigure = (options: HistogramFigureOptions): string => {
  checkOptions('histogramFigure', options, HISTOGRAM_FIGURE_OPTIONS);
  checkHistogram('counts', options);
  if (options.outline) checkHistogram('outline.counts', options.outline);
  const width = options.width ?? 680;
  const bins = join(occupied(options), width < 500 ? 48 : 96);
  const outline = options.outline && join(occupied(options.outline), width < 500 ? 32 : 64);
  // The outline's bins may be wider than the bars': shares are put per bar width so that areas compare.
  const outlineShares = outline?.shares.map((share) => (share * bins.width) / outline.width) ?? [];
  const { mixture } = options;
  // A threshold within the bins' range is shown even where no bin around it is occupied.
  const edge = options.threshold?.value ?? Number.NaN;
  const edges = edge >= options.minimum && edge <= options.maximum ? [edge] : [];
  const low = Math.min(bins.minimum, ...(outline ? [outline.minimum] : []), ...edges);
  const high = Math.max(bins.maximum, ...(outline ? [outline.maximum] : []), ...edges);
  const samples = mixture ? sampleMixture(mixture, [low, high], bins.width) : null;

  const legend: Legend[] = [{ label: options.label ?? 'pairs', series: 0, mark: 'box' }];
  if (options.outline) legend.push({ label: options.outline.label, series: 3, mark: 'line' });
  if (samples) {
    samples.components.forEach((_, k) => {
      legend.push({ label: componentName(k, samples.components.length), series: k + 1, mark: 'line' });
    });
  }
  const rows = legendRows(legend, { x: 0, width });
  const top = rows.height + axisMargin.top + 4;
  const plotHeight = width < 500 ? 190 : 260;
  const height = top + plotHeight + axisMargin.bottom;

  const highest = Math.max(...bins.shares, ...outlineShares, ...(samples ? samples.total : []), 1e-9);
  const x = linearScale({
    domain: [low, high],
    range: [axisMargin.left, width - axisMargin.right],
    tickCount: width < 500 ? 5 : 8,
  });
  const y = linearScale({
    domain: [0, highest * 100],
    range: [top + plotHeight, top],
    nice: true,
    tickCount: 4,
  });
  const barWidth = x.at(bins.minimum + bins.width) - x.at(bins.minimum);
  const gap = barWidth > 5 ? 1 : 0;

  const bars = bins.shares.map((share, i) => {
    if (share === 0) return null;
    const start = bins.minimum + i * bins.width;
    return html`<rect x="${px(x.at(start))}" y="${px(y.at(100 * share))}" width="${px(Math.max(0.5, Math.min(barWidth, x.at(bins.maximum) - x.at(start)) - gap))}" height="${px(y.at(0) - y.at(100 * share))}" ${fill(0, 'bar')} fill-opacity="0.55"><title>${formatDecimal(start)} to ${formatDecimal(start + bins.width)}: ${formatCount(bins.counts[i] ?? 0)}</title></rect>`;
  });
  const line = (values: readonly number[]) =>
    values.map((v, i) => `${i ? 'L' : 'M'}${px(x.at(samples?.xs[i] ?? 0))} ${px(y.at(100 * v))}`).join('');
  const curves = samples?.components.map(
    (values, k) =>
      html`<path d="${line(values)}" ${stroke(k + 1, 'component')} stroke-width="2.25" stroke-linejoin="round"/>`,
  );
  const sum =
    samples && samples.components.length > 1
      ? html`<path class="density" d="${line(samples.total)}" fill="none" stroke="currentColor" stroke-opacity="0.7" stroke-width="1.25" stroke-dasharray="4 3"/>`
      : null;
  const step =
    outline &&
    html`<path d="${stepPath(outline, outlineShares, x.at, (v) => y.at(100 * v))}" ${stroke(3, 'outline')} stroke-width="1.75"/>`;
  const mark = threshold(options, x, top, y.at(0));
  return svgFigure(
    { ...options, width, height, kind: 'histogram' },
    html`${rows.markup}${mark?.shade}${axes({ x, y, xLabel: options.xLabel ?? 'similarity', yLabel: 'share of pairs', formatY: (v) => `${Number(v.toFixed(4))}%` })}<g>${bars}</g>${step}${sum}${curves}${mark?.line}`,
  );
};

const threshold = (
  options: HistogramFigureOptions,
  x: {
    readonly domain: readonly [number, number];
    readonly range: readonly [number, number];
    at(value: number): number;
  },
  top: number,
  bottom: number,
) => {
  const mark = options.threshold;
  if (!mark || !(mark.value >= x.domain[0] && mark.value <= x.domain[1])) return null;
  const at = x.at(mark.value);
  const fits = at + 6 + textWidth(mark.label) < x.range[1];
  return {
    shade: html`<rect class="suspects" x="${px(at)}" y="${px(top)}" width="${px(x.range[1] - at)}" height="${px(bottom - top)}" fill="${seriesColors[2]}" fill-opacity="0.08"/>`,
    line: html`<g class="threshold"><path class="threshold-line" d="M${px(at)} ${px(bottom)}V${px(top - 6)}" fill="none" stroke="currentColor" stroke-width="1.5"/>${haloText(mark.label, fits ? at + 7 : at - 7, top + 14, fits ? 'start' : 'end')}</g>`,
  };
};

const componentName = (k: number, count: number) =>
  count === 2 ? (k === 0 ? 'lower component' : 'upper component') : `component ${k + 1}`;

const join = (
  histogram: { readonly minimum: number; readonly maximum: number; readonly counts: ArrayLike<number> },
  limit: number,
): Binned => {
  const { counts } = histogram;
  const factor = joinFactor(counts.length, limit);
  const joined: number[] = [];
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const bin = Math.floor(i / factor);
    joined[bin] = (joined[bin] ?? 0) + (counts[i] ?? 0);
    total += counts[i] ?? 0;
  }
  const width = ((histogram.maximum - histogram.minimum) / counts.length) * factor;
  return {
    minimum: histogram.minimum,
    maximum: histogram.maximum,
    width,
    counts: joined,
    shares: joined.map((c) => (total > 0 ? c / total : 0)),
  };
};

/** The bins from the first to the last with a count; all where none has one. */
const occupied = <
  T extends { readonly minimum: number; readonly maximum: number; readonly counts: ArrayLike<number> },
>({
  minimum,
  maximum,
  counts,
}: T) => {
  const all = Array.from(counts);
  const first = all.findIndex((count) => count > 0);
  if (first < 0) return { minimum, maximum, counts: all };
  const end = all.findLastIndex((count) => count > 0) + 1;
  const at = (edge: number) => minimum + ((maximum - minimum) * edge) / all.length;
  return { minimum: at(first), maximum: at(end), counts: all.slice(first, end) };
};

/** The fewest bins to join that give at most `limit`, without a rest where one of up to twice that has none. */
const joinFactor = (bins: number, limit: number): number => {
  const fewest = Math.ceil(bins / limit);
  for (let factor = fewest; factor <= 2 * fewest; factor++) if (bins % factor === 0) return factor;
  return fewest;
};

const sampleMixture = (
  mixture: NonNullable<HistogramFigureOptions['mixture']>,
  domain: readonly [number, number],
  binWidth: number,
) => {
  const order = Array.from(mixture.means, (_, k) => k).sort(
    (a, b) => (mixture.means[a] ?? 0) - (mixture.means[b] ?? 0),
  );
  const points = 241;
  const xs = Array.from(
    { length: points },
    (_, i) => domain[0] + ((domain[1] - domain[0]) * i) / (points - 1),
  );
  const { alphas, betas } = mixture;
  const components = order.map((k) => {
    if (alphas && betas) {
      const shape = {
        kind: 'beta',
        weights: Array.from(mixture.weights),
        alphas: Array.from(alphas),
        betas: Array.from(betas),
      } as const;
      return xs.map((x) => binWidth * componentDensity(shape, k, x));
    }
    const mean = mixture.means[k] ?? 0;
    const variance = Math.max(mixture.variances[k] ?? 1, 1e-12);
    const scale = ((mixture.weights[k] ?? 0) * binWidth) / Math.sqrt(2 * Math.PI * variance);
    return xs.map((x) => scale * Math.exp(-((x - mean) ** 2) / (2 * variance)));
  });
  return {
    xs,
    components,
    total: xs.map((_, i) => components.reduce((sum, values) => sum + (values[i] ?? 0), 0)),
  };
};

const stepPath = (
  bins: Binned,
  shares: readonly number[],
  x: (v: number) => number,
  y: (v: number) => number,
): string => {
  let path = `M${px(x(bins.minimum))} ${px(y(0))}`;
  shares.forEach((share, i) => {
    path += `V${px(y(share))}H${px(x(Math.min(bins.maximum, bins.minimum + (i + 1) * bins.width)))}`;
  });
  return `${path}V${px(y(0))}`;
};

const checkHistogram = (
  name: string,
  histogram: { readonly minimum: number; readonly maximum: number; readonly counts: ArrayLike<number> },
): void => {
  if (!(histogram.maximum > histogram.minimum)) {
    throw new RangeError(
      `maximum must be above minimum = ${histogram.minimum}, received ${histogram.maximum}`,
    );
  }
  if (histogram.counts.length === 0)
    throw new RangeError(`${name} must have at least one bin, received none`);
  for (let i = 0; i < histogram.counts.length; i++) {
    const count = histogram.counts[i] ?? 0;
    if (!(count >= 0)) throw new RangeError(`${name}[${i}] must be a count of at least 0, received ${count}`);
  }
};
