/** A map from data to pixels with the ticks to draw. */
export interface LinearScale {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly decimals: number;
  at(value: number): number;
}

/** Which values a scale covers, and which pixels they land on. */
export interface LinearScaleOptions {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  /** About how many ticks. @defaultValue 5 */
  readonly tickCount?: number;
  /** Widens the domain to whole ticks. @defaultValue false */
  readonly nice?: boolean;
}

/** The step among 1, 2 and 5 times a power of ten that cuts `span` into about `count` parts. */
export const niceStep = (span: number, count: number): number => {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const fraction = raw / power;
  // Geometric means of neighboring steps: the nearest step on a log scale wins.
  const factor = fraction < Math.SQRT2 ? 1 : fraction < Math.sqrt(10) ? 2 : fraction < Math.sqrt(50) ? 5 : 10;
  return factor * power;
};

/** A linear scale with ticks at 1, 2 or 5 times a power of ten; an empty domain is widened around its value. */
export const linearScale = (options: LinearScaleOptions): LinearScale => {
  let [low, high] = options.domain;
  if (!(Number.isFinite(low) && Number.isFinite(high))) [low, high] = [0, 1];
  if (high < low) [low, high] = [high, low];
  if (high - low <= Math.abs(high) * 1e-12) {
    const pad = low === 0 ? 1 : Math.abs(low) * 0.1;
    [low, high] = [low - pad, high + pad];
  }
  const step = niceStep(high - low, options.tickCount ?? 5);
  // Ticks are whole multiples of the step. They are counted once: a second division may round to a neighbor.
  const [first, last] = options.nice
    ? [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)]
    : [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  if (options.nice) [low, high] = [first * step, last * step];
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) {
    ticks.push(Number((i * step).toFixed(decimals)));
  }
  const [start, end] = options.range;
  const at = (value: number) => start + ((value - low) / (high - low)) * (end - start);
  return { domain: [low, high], range: [start, end], ticks, decimals, at };
};

/** A tick as text: `0.25`, `−2`, `12,000`. */
export const formatTick = (value: number, decimals: number): string =>
  value
    .toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace('-', '−');
