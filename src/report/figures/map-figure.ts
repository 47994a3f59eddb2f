import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { html } from '../markup.js';
import { formatDecimal } from '../number-format.js';
import { diamondPath, type FigureOptions, fill, legendRows, px, svgFigure } from './svg.js';

/** The points of {@link mapFigure} and what they are called. */
export interface MapFigureOptions extends FigureOptions {
  /** Coordinates of n queries, then of their n codes. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** The texts of pair i. */
  readonly pairs: readonly { readonly query: string; readonly code: string }[];
  /** Cosine of query and code i, put into the pair's title. */
  readonly similarities?: ArrayLike<number>;
  /** The square to draw, so that several maps share one scale: its center and half its side. */
  readonly frame?: MapFrame;
  /**
   * `pointer` adds the class `pair-N` to every pair, for style sheets that answer to hovering; `focus` also lets it take
   * the keyboard's focus, as does `true`. @defaultValue false
   */
  readonly interactive?: boolean | 'pointer' | 'focus';
}

export interface MapFrame {
  readonly centerX: number;
  readonly centerY: number;
  readonly halfSide: number;
}

/** The smallest square around all points of all maps, with a margin. */
export const mapFrame = (
  maps: readonly { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }[],
): MapFrame => {
  const range = (pick: 'x' | 'y'): [number, number] => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const map of maps) {
      for (let i = 0; i < map[pick].length; i++) {
        low = Math.min(low, map[pick][i] ?? 0);
        high = Math.max(high, map[pick][i] ?? 0);
      }
    }
    return low <= high ? [low, high] : [0, 0];
  };
  const [left, right] = range('x');
  const [bottom, top] = range('y');
  const half = Math.max(right - left, top - bottom) / 2;
  return { centerX: (left + right) / 2, centerY: (bottom + top) / 2, halfSide: half > 0 ? half * 1.04 : 1 };
};

const MAP_FIGURE_OPTIONS: OptionNames<MapFigureOptions> = {
  x: true,
  y: true,
  pairs: true,
  similarities: true,
  frame: true,
  interactive: true,
  title: true,
  description: true,
  width: true,
  id: true,
};

/**
 * A map of queries (circles) and codes (diamonds), a line from each query to its code.
 *
 * Both axes have one scale. Each pair's title holds its two texts.
 *
 * @returns One SVG element as a string.
 * @throws RangeError when `x` and `y` do not hold two values per pair.
 */
export const mapFigure = (options: MapFigureOptions): string => {
  checkOptions('mapFigure', options, MAP_FIGURE_OPTIONS);
  const count = options.pairs.length;
  for (const name of ['x', 'y'] as const) {
    if (options[name].length !== 2 * count) {
      throw new RangeError(
        `${name} must have two values per pair = [${2 * count}], received [${options[name].length}]`,
      );
    }
  }
  const width = options.width ?? 420;
  const rows = legendRows(
    [
      { label: 'query', series: 1, mark: 'dot' },
      { label: 'its code', series: 2, mark: 'diamond' },
    ],
    { x: 0, width },
  );
  const frame = options.frame ?? mapFrame([options]);
  const side = width - 2;
  const scale = (side / 2 - 12) / frame.halfSide;
  const left = (i: number) => 1 + side / 2 + ((options.x[i] ?? 0) - frame.centerX) * scale;
  const top = (i: number) => rows.height + side / 2 - ((options.y[i] ?? 0) - frame.centerY) * scale;

  const pairs = options.pairs.map((pair, i) => {
    const [x1, y1, x2, y2] = [left(i), top(i), left(count + i), top(count + i)];
    const similarity = options.similarities?.[i];
    const text = `“${pair.query}” – ${pair.code}${similarity === undefined ? '' : `, cosine ${formatDecimal(similarity, 2)}`}`;
    const { interactive } = options;
    const focus =
      interactive === 'pointer'
        ? html`class="pair pair-${i}"`
        : interactive
          ? html`class="pair pair-${i}" tabindex="0" role="img" aria-label="${text}"`
          : html`class="pair"`;
    return html`<g ${focus}><title>${text}</title><path class="link" d="M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}" stroke="currentColor" stroke-opacity="0.35" stroke-width="1.25" fill="none"/><path class="reach" d="M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}" stroke="#000" stroke-opacity="0" stroke-width="14" stroke-linecap="round" fill="none"/><path d="${diamondPath(x2, y2, 5)}" ${fill(2, 'code')}/><circle cx="${px(x1)}" cy="${px(y1)}" r="4" ${fill(1, 'query')}/></g>`;
  });
  return svgFigure(
    { ...options, width, height: rows.height + side + 2, kind: 'map' },
    html`${rows.markup}<rect x="1" y="${px(rows.height)}" width="${px(side)}" height="${px(side)}" rx="3" fill="none" stroke="currentColor" stroke-opacity="0.2"/>${pairs}`,
  );
};
