import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { html } from '../markup.js';
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
  stroke,
  svgFigure,
  textWidth,
} from './svg.js';

/** One curve of {@link curvesFigure}. */
export interface Curve {
  readonly name: string;
  /** Ascending. */
  readonly x: ArrayLike<number>;
  /** As long as `x`; a value that is not finite leaves a gap. */
  readonly y: ArrayLike<number>;
  /** Index of the color. @defaultValue the curve's place in the list, plus 1 */
  readonly series?: number;
}

/** Options of {@link curvesFigure}. */
export interface CurvesFigureOptions extends FigureOptions {
  readonly curves: readonly Curve[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** A vertical line with a label, such as the best step. */
  readonly marker?: { readonly x: number; readonly label: string };
  /** Marks every measured point with a dot. @defaultValue true for at most 40 points */
  readonly dots?: boolean;
  /** Height of the plot area. @defaultValue 200 */
  readonly plotHeight?: number;
  /** Starts the y axis at zero. @defaultValue false */
  readonly fromZero?: boolean;
}

interface Bucketed {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly joined: boolean;
}

const maximumPoints = 240;

const CURVES_FIGURE_OPTIONS: OptionNames<CurvesFigureOptions> = {
  curves: true,
  xLabel: true,
  yLabel: true,
  marker: true,
  dots: true,
  plotHeight: true,
  fromZero: true,
  title: true,
  description: true,
  width: true,
  id: true,
};

/**
 * Curves over a common x axis, such as loss terms by optimizer step.
 *
 * A curve of more than 240 points is drawn as the means of equal runs of points, within a band from their
 * smallest to their largest value. Values that are not finite leave a gap.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when a curve's `x` and `y` differ in length.
 * @example
 * ```ts
 * import { curvesFigure } from 'oasis-embed/report';
 *
 * const svg = curvesFigure({
 *   title: 'Loss', xLabel: 'step', yLabel: 'loss',
 *   curves: [{ name: 'total', x: [0, 10, 20], y: [2.1, 1.4, 1.2] }],
 *   marker: { x: 20, label: 'best' },
 * });
 * console.log(svg.includes('stroke-2'));
 * ```
 */
export const curvesFigure = (options: CurvesFigureOptions): string => {
  checkOptions('curvesFigure', options, CURVES_FIGURE_OPTIONS);
  for (const curve of options.curves) {
    if (curve.x.length !== curve.y.length) {
      throw new RangeError(
        `curve ${JSON.stringify(curve.name)}: y must have as many values as x = [${curve.x.length}], received [${curve.y.length}]`,
      );
    }
  }
  const width = options.width ?? 680;
  const series = options.curves.map((curve, i) => curve.series ?? i + 1);
  const data = options.curves.map(bucket);
  const legend: Legend[] =
    options.curves.length > 1
      ? options.curves.map((curve, i) => ({
          label: curve.name,
          series: series[i] ?? 1,
          mark: 'line' as const,
        }))
      : [];
  const rows = legendRows(legend, { x: 0, width });
  const top = rows.height + axisMargin.top + 4;
  const plotHeight = options.plotHeight ?? 200;
  const height = top + plotHeight + axisMargin.bottom;

  const xs = data.flatMap((d) => d.x);
  if (options.marker) xs.push(options.marker.x);
  const ys = data.flatMap((d) => [...d.low, ...d.high]).filter(Number.isFinite);
  if (options.fromZero) ys.push(0);
  const x = linearScale({
    domain: extent(xs),
    range: [axisMargin.left, width - axisMargin.right],
    tickCount: width < 500 ? 4 : 7,
  });
  const y = linearScale({ domain: extent(ys), range: [top + plotHeight, top], nice: true, tickCount: 4 });

  const drawn = data.map((d, i) => {
    const points = d.x.map((value, j) => [x.at(value), y.at(d.mean[j] ?? Number.NaN)] as const);
    const dots = options.dots ?? (!d.joined && d.x.length <= 40);
    return html`<g>${d.joined ? html`<path d="${bandPath(d, x.at, y.at)}" ${fill(series[i] ?? 1)} fill-opacity="0.16"/>` : ''}<path d="${linePath(points)}" ${stroke(series[i] ?? 1, 'curve')} stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>${dots && points.map(([px0, py0]) => (Number.isFinite(py0) ? html`<circle cx="${px(px0)}" cy="${px(py0)}" r="2.75" ${fill(series[i] ?? 1)}/>` : ''))}</g>`;
  });
  return svgFigure(
    { ...options, width, height, kind: 'curves' },
    html`${rows.markup}${axes({ x, y, xLabel: options.xLabel, yLabel: options.yLabel })}${drawn}${marker(options, x.at, x.range, top, y.at(y.domain[0]))}`,
  );
};

const marker = (
  options: CurvesFigureOptions,
  at: (value: number) => number,
  range: readonly [number, number],
  top: number,
  bottom: number,
) => {
  if (!options.marker) return null;
  const x = at(options.marker.x);
  const width = textWidth(options.marker.label);
  const anchor = x + 6 + width < range[1] ? 'start' : 'end';
  return html`<g class="marker"><path class="marker-line" d="M${px(x)} ${px(bottom)}V${px(top - 4)}" stroke="currentColor" stroke-opacity="0.65" stroke-dasharray="3 3" fill="none"/>${haloText(options.marker.label, anchor === 'start' ? x + 7 : x - 7, top + 14, anchor)}</g>`;
};

const bucket = (curve: Curve): Bucketed => {
  const size = Math.ceil(curve.x.length / maximumPoints);
  const joined = size > 1;
  const result = {
    x: [] as number[],
    mean: [] as number[],
    low: [] as number[],
    high: [] as number[],
    joined,
  };
  for (let start = 0; start < curve.x.length; start += size) {
    const end = Math.min(curve.x.length, start + size);
    let sumX = 0;
    let sum = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const value = curve.y[i] ?? Number.NaN;
      sumX += curve.x[i] ?? 0;
      sum += value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    result.x.push(sumX / (end - start));
    result.mean.push(sum / (end - start));
    result.low.push(low);
    result.high.push(high);
  }
  return result;
};

const linePath = (points: readonly (readonly [number, number])[]): string => {
  let path = '';
  let pen = 'M';
  for (const [x, y] of points) {
    if (Number.isFinite(y)) {
      path += `${pen}${px(x)} ${px(y)}`;
      pen = 'L';
    } else {
      pen = 'M';
    }
  }
  return path;
};

const bandPath = (data: Bucketed, x: (v: number) => number, y: (v: number) => number): string => {
  const indices = data.x.map((_, i) => i).filter((i) => Number.isFinite(data.mean[i]));
  const edge = (values: readonly number[], order: readonly number[]) =>
    order.map((i) => `${px(x(data.x[i] ?? 0))} ${px(y(values[i] ?? 0))}`).join('L');
  return indices.length ? `M${edge(data.high, indices)}L${edge(data.low, indices.toReversed())}z` : '';
};

const extent = (values: readonly number[]): [number, number] =>
  values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : [0, 1];
