const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `41,712`. */
export const formatCount = (value: number): string =>
  Number.isFinite(value) ? minus(whole.format(value)) : '–';

/** A measure in [0, 1] as the paper prints it, times one hundred: `61.24`. */
export const formatMeasure = (value: number, digits = 2): string =>
  Number.isFinite(value) ? minus((100 * value).toFixed(digits)) : '–';

/** A signed difference of two measures, times one hundred: `+4.10`, `−0.52`. */
export const formatDifference = (value: number, digits = 2): string => {
  if (!Number.isFinite(value)) return '–';
  const text = (100 * Math.abs(value)).toFixed(digits);
  if (Number(text) === 0) return `±${text}`;
  return `${value > 0 ? '+' : '−'}${text}`;
};

/** A similarity or a loss: `0.512`. */
export const formatDecimal = (value: number, digits = 3): string =>
  Number.isFinite(value) ? minus(value.toFixed(digits)) : '–';

/** A part of a whole: `23%`, `0.4%`, and `<0.1%` rather than a zero that is none. */
export const formatShare = (part: number, total: number): string => {
  if (!(total > 0 && part >= 0)) return '–';
  const percent = (100 * part) / total;
  if (percent > 0 && percent < 0.1) return '<0.1%';
  if (percent < 100 && percent > 99.9) return '>99.9%';
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : percent.toFixed(0)}%`;
};

/** `0.8 s`, `42 s`, `3 min 05 s`, `2 h 07 min`. */
export const formatSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  const pad = (n: number) => String(n).padStart(2, '0');
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${pad(rounded % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
};

/** Binary units: `812 MiB`, `1.4 GiB`. */
export const formatBytes = (bytes: number): string => {
  if (!Number.isFinite(bytes)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
};

/** `p < 0.001`, `p = 0.032`. */
export const formatPValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

/** `1 function`, `1,204 functions`. */
export const formatQuantity = (count: number, singular: string, plural = `${singular}s`): string =>
  `${formatCount(count)} ${count === 1 ? singular : plural}`;

/** `a`, `a and b`, `a, b and c`. */
export const formatList = (items: readonly string[]): string =>
  items.length <= 1 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

const minus = (text: string): string => text.replace('-', '−');
