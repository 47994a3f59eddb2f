import { MEASURE_ALIASES, MEASURE_FAMILIES, type MeasureFamily } from './measure-families.js';
import { nearestName } from './nearest-name.js';
import { atLevel, type QueryMeasure } from './ranked-query.js';

/** A parsed metric. */
export interface ParsedMeasure {
  /** As this library writes it. */
  readonly name: string;
  readonly family: string;
  readonly value: QueryMeasure;
  readonly mean: 'arithmetic' | 'geometric';
}

/** What the name of a measure leaves open. */
export interface ParseMeasureOptions {
  /** The least relevant grade of a metric that does not say it; every grade above 0 without it. */
  readonly level?: number | undefined;
}

const fold = (text: string): string => text.toLowerCase().replace(/[-_\s]/g, '');

/** Marked as pure, so that bundles of other functions leave it and the families out. */
const SPELLINGS: ReadonlyMap<string, string> = /* @__PURE__ */ (() =>
  new Map([
    ...Object.keys(MEASURE_FAMILIES).map((name): [string, string] => [fold(name), name]),
    ...Object.entries(MEASURE_ALIASES),
  ]))();

const PATTERN = /^(f1|map@r|[a-z][a-z_\s-]*?)(?:\(([^()]*)\))?(?:([@_.])(\d+(?:\.\d+)?|\.\d+))?$/i;

const example = (name: string, { at }: MeasureFamily): string =>
  at === 'recall' ? `${name}@0.1` : at === 'needed rank' ? `${name}@10` : name;

const refuse = (text: string, hint: string): never => {
  throw new RangeError(`measure must be ${hint}, received ${JSON.stringify(text)}`);
};

const unknown = (text: string, spelling: string, at: string | undefined): never => {
  const near = nearestName(fold(spelling), [...SPELLINGS.keys()]);
  if (near !== undefined) {
    const name = SPELLINGS.get(near)!;
    const family = MEASURE_FAMILIES[name]!;
    const meant = at === undefined || family.at === 'nothing' ? example(name, family) : `${name}@${at}`;
    return refuse(text, `a known metric: did you mean ${meant}`);
  }
  const known = Object.entries(MEASURE_FAMILIES).map(([name, family]) => example(name, family));
  return refuse(text, `one of ${known.join(', ')}`);
};

/** `rel=2, p=0.9` as numbers. */
const readNumbers = (
  text: string,
  inside: string,
  name: string,
  family: MeasureFamily,
): { readonly numbers: Record<string, number>; readonly level: number | undefined } => {
  const numbers = { ...family.numbers };
  let level: number | undefined;
  const known = [...Object.keys(numbers), ...(family.graded || family.judgements ? [] : ['rel'])];
  for (const part of inside.split(',')) {
    const [key = '', value = ''] = part.split('=').map((side) => side.trim());
    const number = Number(value);
    if (!known.includes(key) || value === '' || !Number.isFinite(number)) {
      const allowed = known.length === 0 ? 'nothing' : known.map((one) => `${one}=number`).join(', ');
      return refuse(text, `${name} with ${allowed} in parentheses`);
    }
    if (key === 'rel') level = number;
    else numbers[key] = number;
  }
  return { numbers, level };
};

const readAt = (text: string, at: string | undefined, name: string, family: MeasureFamily): number => {
  const wanted = example(name, family);
  switch (family.at) {
    case 'nothing':
      return at === undefined ? Number.POSITIVE_INFINITY : refuse(text, `${name} without a cutoff`);
    case 'recall':
      return at !== undefined && Number(at) <= 1
        ? Number(at)
        : refuse(text, `${name} with a recall in [0, 1], as in ${wanted}`);
    default: {
      if (at === undefined && family.at === 'rank') return Number.POSITIVE_INFINITY;
      if (at !== undefined && /^[1-9]\d*$/.test(at)) return Number(at);
      return refuse(text, `${name} with a whole number of at least 1, as in ${name}@10`);
    }
  }
};

/**
 * Reads the name of a metric in any of its usual spellings: `P@5`, `nDCG@10`, `ndcg_cut_10`, `recip_rank`,
 * `AP(rel=2)@100`, `rbp.95`.
 *
 * @throws RangeError when there is no such metric, with the nearest one.
 */
export const parseMeasure = (measure: string, options: ParseMeasureOptions = {}): ParsedMeasure => {
  const text = measure.trim();
  const [whole, spelling = text, inside, separator, digits] = PATTERN.exec(text) ?? [];
  let name = SPELLINGS.get(fold(spelling));
  if (whole === undefined || name === undefined) return unknown(measure, spelling, digits);
  let given = inside;
  let at = digits;
  // ir_measures writes the exponential gain as a parameter, ranx the persistence as a fraction.
  if (name === 'ndcg' && /^\s*dcg\s*=\s*['"]?exp-log2['"]?\s*$/.test(given ?? '')) {
    name = 'ndcg-exp';
    given = undefined;
  }
  if (name === 'rbp' && separator === '.' && given === undefined) {
    given = `p=0.${digits}`;
    at = undefined;
  }
  const family = MEASURE_FAMILIES[name]!;
  const { numbers, level } =
    given === undefined
      ? { numbers: { ...family.numbers }, level: undefined }
      : readNumbers(measure, given, name, family);
  const rank = readAt(measure, at, name, family);
  const value = family.create(rank, numbers);
  const least = family.graded || family.judgements ? undefined : (level ?? options.level);
  const shown = [
    ...(level === undefined ? [] : [`rel=${level}`]),
    ...Object.entries(numbers).flatMap(([key, number]) =>
      number === family.numbers?.[key] ? [] : [`${key}=${number}`],
    ),
  ];
  return {
    name: `${name}${shown.length > 0 ? `(${shown.join(',')})` : ''}${at === undefined ? '' : `@${Number(at)}`}`,
    family: name,
    mean: family.mean ?? 'arithmetic',
    value:
      least === undefined
        ? value
        : (query) => {
            const restricted = atLevel(query, least);
            return restricted.ranks.length === 0 ? Number.NaN : value(restricted);
          },
  };
};
