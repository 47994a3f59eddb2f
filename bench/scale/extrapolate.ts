/**
 * The tables of docs/scaling.md for the paper's size, from the figures in bench/scale/extrapolation.json:
 *
 *   npx tsx bench/scale/extrapolate.ts            # prints them
 *   npx tsx bench/scale/extrapolate.ts --write    # puts them into docs/scaling.md
 *
 * A test checks that the page holds what the figures say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Figures {
  readonly size: { readonly functions: number; readonly repositories: number; readonly pairs: number };
  readonly machines: readonly { readonly count: number; readonly cores: number }[];
  readonly stages: readonly {
    readonly stage: string;
    readonly per: 'function' | 'pair';
    /** Null where it was not measured. */
    readonly cpuMicroseconds: number | null;
    /** Whether shards are done apart; else one thread does all. */
    readonly divides: boolean;
    readonly bytes: number;
    readonly measured: string;
  }[];
  readonly tokens: {
    readonly measured: string;
    readonly functions: number;
    readonly uses: readonly {
      readonly use: string;
      readonly calls: number;
      readonly in: number;
      readonly out: number;
    }[];
  };
  readonly examplePrices: readonly number[];
  readonly requestsPerMinute: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BEGIN = '<!-- npx tsx bench/scale/extrapolate.ts --write: begin -->';
const END = '<!-- end -->';

const duration = (seconds: number): string => {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 7200) return `${Number((seconds / 60).toPrecision(2))} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
};
const size = (bytes: number): string => {
  if (bytes === 0) return '–';
  if (bytes < 1e9) return `${Number((bytes / 1e6).toPrecision(2))} MB`;
  return `${Number((bytes / 1e9).toPrecision(2))} GB`;
};
const dollars = (usd: number): string => `$${Math.round(usd).toLocaleString('en')}`;
const millions = (count: number): string =>
  count < 1e6 ? `${Math.round(count / 1e3)} k` : `${Math.round(count / 1e6).toLocaleString('en')} M`;
/** In millions of tokens, with the reader's prices. */
const formula = (sent: number, out: number): string =>
  [
    [sent, 'p'],
    [out, 'q'],
  ]
    .filter(([count]) => (count as number) > 0)
    .map(([count, price]) => `${Math.round((count as number) / 1e6).toLocaleString('en')} ${price}`)
    .join(' + ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The tables in Markdown. */
export const extrapolation = (figures: Figures): string => {
  const { size: paper, machines, stages, tokens, examplePrices, requestsPerMinute } = figures;
  const unitsOf = (per: 'function' | 'pair') => (per === 'function' ? paper.functions : paper.pairs);
  const cores = machines.map(({ count, cores }) => count * cores);
  const name = ({ count, cores }: (typeof machines)[number]) =>
    `${count === 1 ? 'one machine' : `${count} machines`} of ${cores} cores`;
  const sums = machines.map(() => 0);
  let cpu = 0;
  let bytes = 0;
  const timeRows = stages.map(({ stage, per, cpuMicroseconds, divides, bytes: each, measured }) => {
    const units = unitsOf(per);
    bytes += each * units;
    const storage = size(each * units);
    if (cpuMicroseconds === null) return [stage, measured, ...machines.map(() => '–'), '–', storage];
    const seconds = (cpuMicroseconds * units) / 1e6;
    cpu += seconds;
    const times = cores.map((threads, i) => {
      const time = divides ? seconds / threads : seconds;
      sums[i]! += time;
      return duration(time);
    });
    const rate =
      cpuMicroseconds >= 1000
        ? `${Number((cpuMicroseconds / 1000).toPrecision(3))} ms`
        : `${cpuMicroseconds} µs`;
    return [stage, `${rate} per ${per}: ${measured}`, duration(seconds), ...times, storage];
  });
  timeRows.push(['total', '', duration(cpu), ...sums.map(duration), size(bytes)]);

  const scale = paper.functions / tokens.functions;
  const costs = examplePrices.map(() => 0);
  let allIn = 0;
  let allOut = 0;
  let calls = 0;
  const moneyRows = tokens.uses.map(({ use, calls: asked, in: sent, out }) => {
    calls += asked * scale;
    allIn += sent * scale;
    allOut += out * scale;
    return [
      use,
      `${asked.toLocaleString('en')} calls, ${sent.toLocaleString('en')} in, ${out.toLocaleString('en')} out`,
      millions(asked * scale),
      millions(sent * scale),
      out === 0 ? '–' : millions(out * scale),
      formula(sent * scale, out * scale),
      ...examplePrices.map((price, i) => {
        const usd = ((sent + out) * scale * price) / 1e6;
        costs[i]! += usd;
        return dollars(usd);
      }),
    ];
  });
  moneyRows.push([
    'total',
    '',
    millions(calls),
    millions(allIn),
    millions(allOut),
    formula(allIn, allOut),
    ...costs.map(dollars),
  ]);
  return [
    table(['Stage', 'Measured', 'CPU', ...machines.map(name), 'Storage'], timeRows),
    `Tokens, measured on ${tokens.functions.toLocaleString('en')} functions by ${tokens.measured}, and scaled to ` +
      `${paper.functions.toLocaleString('en')}; p and q are your prices in dollars per million tokens in and out. The last columns use ` +
      'a single example price for both:',
    table(
      [
        'Use',
        'Measured',
        'Calls',
        'Tokens in',
        'Tokens out, at most',
        'Cost',
        ...examplePrices.map((price) => `at $${price}`),
      ],
      moneyRows,
    ),
    `At ${requestsPerMinute.toLocaleString('en')} requests per minute, ${millions(calls)} calls take ` +
      `${duration((calls / requestsPerMinute) * 60)}, however many machines there are; with \`--batch\` the service sets the pace.`,
  ].join('\n\n');
};

/** The page with the tables that the figures give. */
export const pageWith = (page: string, figures: Figures): string => {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`docs/scaling.md must hold ${BEGIN} and ${END}`);
  return `${page.slice(0, start + BEGIN.length)}\n\n${extrapolation(figures)}\n\n${page.slice(end)}`;
};

export const readFigures = (): Figures =>
  JSON.parse(readFileSync(here('extrapolation.json'), 'utf8')) as Figures;
export const pagePath = join(here('../..'), 'docs', 'scaling.md');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const figures = readFigures();
  if (process.argv.includes('--write'))
    writeFileSync(pagePath, pageWith(readFileSync(pagePath, 'utf8'), figures));
  else console.log(extrapolation(figures));
}
