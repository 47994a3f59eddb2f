import { hashString } from '../../numerics/index.js';
import { html, type Markup, type MarkupValue, rawMarkup } from '../markup.js';
import { formatTick, type LinearScale } from './linear-scale.js';

/** Options that all figures share. */
export interface FigureOptions {
  /** Names the figure for screen readers. */
  readonly title: string;
  /** Describes what the figure shows. */
  readonly description?: string;
  /** Width in px of the drawing's own units; it scales with its container. @defaultValue 680 */
  readonly width?: number;
  /** Prefix of the ids inside, which must be unique on the page. @defaultValue a hash of the title and width */
  readonly id?: string;
}

export interface Legend {
  readonly label: string;
  readonly series: number;
  readonly mark: 'box' | 'line' | 'dashes' | 'dot' | 'diamond' | 'band';
}

export const fontSize = 12.5;
const font = 'system-ui, -apple-system, &quot;Segoe UI&quot;, Roboto, Helvetica, Arial, sans-serif';

/**
 * Five hues that stay apart in the common color blindnesses and keep 3:1 against white; a page re-colors them
 * through the classes `fill-1` … `fill-5` and `stroke-1` … `stroke-5`.
 */
export const seriesColors = ['#6b7280', '#0b66a8', '#c2500a', '#0a7d62', '#98417e'] as const;

const color = (series: number): string => seriesColors[series % seriesColors.length] ?? seriesColors[0];

/** `fill` with its class, to stand inside a tag. */
export const fill = (series: number, more = ''): Markup =>
  rawMarkup(
    `class="fill-${(series % seriesColors.length) + 1}${more && ` ${more}`}" fill="${color(series)}"`,
  );

/** `stroke` with its class, to stand inside a tag. */
export const stroke = (series: number, more = ''): Markup =>
  rawMarkup(
    `class="stroke-${(series % seriesColors.length) + 1}${more && ` ${more}`}" fill="none" stroke="${color(series)}"`,
  );

/** Coordinates with at most two decimals, without trailing zeros. */
export const px = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';

/** About how wide a text is in the widest of the figures' usual fonts (DejaVu Sans, the one of many Linux systems). */
export const textWidth = (text: string, size = fontSize): number => {
  let units = 0;
  for (const character of text) {
    if (/[ilj.,:;'|! ]/.test(character)) units += 0.33;
    else if (/[rtf()/-]/.test(character)) units += 0.42;
    else if (/[mwMW@%]/.test(character)) units += 0.96;
    else units += /[A-Z]/.test(character) ? 0.69 : 0.62;
  }
  return units * size;
};

/** The text itself, or its beginning and an ellipsis where it is wider than `width`. */
export const truncateText = (text: string, width: number, size = fontSize): string => {
  if (textWidth(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
};

/** The outer tag of every figure: named, described, scaling with its container. */
export const svgFigure = (
  options: FigureOptions & {
    readonly height: number;
    readonly interactive?: boolean | string;
    readonly kind: string;
  },
  body: MarkupValue,
): string => {
  const width = options.width ?? 680;
  const id = options.id ?? `figure-${hashString(`${options.kind} ${options.title} ${width}`).toString(36)}`;
  const labels = options.description ? `${id}-title ${id}-desc` : `${id}-title`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="figure ${options.kind}" viewBox="0 0 ${px(width)} ${px(options.height)}" width="${px(width)}" height="${px(options.height)}" role="${options.interactive ? 'group' : 'img'}" aria-labelledby="${labels}" font-family="${rawMarkup(font)}" font-size="${fontSize}" fill="currentColor">
<title id="${id}-title">${options.title}</title>
${options.description ? html`<desc id="${id}-desc">${options.description}</desc>` : ''}
${body}
</svg>`.markup;
};

/** Legend entries in rows that wrap at `width`; gives the markup and the height it takes. */
export const legendRows = (
  entries: readonly Legend[],
  options: { readonly x: number; readonly width: number },
): { readonly markup: Markup; readonly height: number } => {
  if (entries.length === 0) return { markup: rawMarkup(''), height: 0 };
  let x = 0;
  let row = 0;
  const items = entries.map((entry) => {
    const width = 24 + textWidth(entry.label) + 18;
    if (x > 0 && x + width - 18 > options.width) {
      x = 0;
      row++;
    }
    const at = { x: options.x + x, y: 12 + row * 20 };
    x += width;
    return html`<g>${legendMark(entry, at.x, at.y)}<text x="${px(at.x + 24)}" y="${px(at.y + 4)}">${entry.label}</text></g>`;
  });
  return { markup: html`<g class="legend">${items}</g>`, height: (row + 1) * 20 + 8 };
};

const legendMark = (entry: Legend, x: number, y: number): Markup => {
  if (entry.mark === 'box')
    return html`<rect x="${px(x)}" y="${px(y - 5)}" width="16" height="10" rx="1.5" ${fill(entry.series)}/>`;
  if (entry.mark === 'band')
    return html`<rect x="${px(x)}" y="${px(y - 5)}" width="16" height="10" ${fill(entry.series)} fill-opacity="0.22"/>`;
  if (entry.mark === 'dot')
    return html`<circle cx="${px(x + 8)}" cy="${px(y)}" r="5" ${fill(entry.series)}/>`;
  if (entry.mark === 'diamond') return html`<path d="${diamondPath(x + 8, y, 6)}" ${fill(entry.series)}/>`;
  return html`<path d="M${px(x)} ${px(y)}h16" ${stroke(entry.series)} stroke-width="2.25" ${entry.mark === 'dashes' ? rawMarkup('stroke-dasharray="5 3"') : ''}/>`;
};

/** A text that stays readable over lines and bars: the page's paper shows around its letters. */
export const haloText = (text: string, x: number, y: number, anchor: 'start' | 'end'): Markup =>
  html`<text class="halo-text" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" font-weight="600" paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round">${text}</text>`;

export const diamondPath = (x: number, y: number, radius: number): string =>
  `M${px(x)} ${px(y - radius)}l${px(radius)} ${px(radius)}l${px(-radius)} ${px(radius)}l${px(-radius)} ${px(-radius)}z`;

/** The scales of a plot's two axes, their labels, and how ticks are printed. */
export interface AxesOptions {
  readonly x: LinearScale;
  readonly y: LinearScale;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly formatX?: (value: number) => string;
  readonly formatY?: (value: number) => string;
}

/** Space that {@link axes} needs around the plot. */
export const axisMargin = { top: 22, right: 14, bottom: 42, left: 44 } as const;

/** Horizontal grid lines, both axes' ticks, and their titles, drawn in the ink of the page. */
export const axes = (options: AxesOptions): Markup => {
  const { x, y } = options;
  const [left, right] = x.range;
  const [bottom, top] = y.range;
  const formatX = options.formatX ?? ((value: number) => formatTick(value, x.decimals));
  const formatY = options.formatY ?? ((value: number) => formatTick(value, y.decimals));
  return html`<g class="axes">
${y.ticks.map((tick) => html`<path class="grid" d="M${px(left)} ${px(y.at(tick))}H${px(right)}" stroke="currentColor" stroke-opacity="0.13" fill="none"/><text class="muted" x="${px(left - 8)}" y="${px(y.at(tick) + 4)}" text-anchor="end" fill-opacity="0.78">${formatY(tick)}</text>`)}
<path d="M${px(left)} ${px(bottom)}H${px(right)}" stroke="currentColor" stroke-opacity="0.5" fill="none"/>
${x.ticks.map((tick) => html`<path d="M${px(x.at(tick))} ${px(bottom)}v5" stroke="currentColor" stroke-opacity="0.5" fill="none"/><text class="muted" x="${px(x.at(tick))}" y="${px(bottom + 19)}" text-anchor="middle" fill-opacity="0.78">${formatX(tick)}</text>`)}
<text class="muted" x="${px(left - axisMargin.left)}" y="${px(top - 10)}" fill-opacity="0.78">${options.yLabel}</text>
<text class="muted" x="${px(right)}" y="${px(bottom + 37)}" text-anchor="end" fill-opacity="0.78">${options.xLabel}</text>
</g>`;
};
