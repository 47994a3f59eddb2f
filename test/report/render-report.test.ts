import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ReportData, renderReport } from '../../src/report/index.js';
import { stylesheet } from '../../src/report/stylesheet.js';
import { contrast } from '../support/contrast.js';
import { hostile, hostileReport, sampleReport } from '../support/sample-report.js';
import { findAll, parseXml, textOf, type XmlElement } from '../support/strict-xml.js';

const base: ReportData = { title: 'A run', createdAt: '2025-03-14T15:09:26Z' };
const read = (data: ReportData) => parseXml(renderReport(data));
const section = (page: XmlElement, id: string) =>
  findAll(page, 'section').find((element) => element.attributes.id === id);
const rows = (table: XmlElement | undefined) =>
  table
    ? findAll(table, 'tr').map((row) =>
        row.children.flatMap((cell) => (typeof cell === 'string' ? [] : textOf(cell))),
      )
    : [];
const tables = (page: XmlElement, id: string) => {
  const own = section(page, id);
  return own ? findAll(own, 'table').map(rows) : [];
};

const sample = read(sampleReport);

describe('the page', () => {
  test('is one file: nothing in it refers to anything outside', () => {
    for (const element of findAll(sample, '*')) {
      expect(['script', 'img', 'iframe', 'object', 'embed', 'base', 'form']).not.toContain(element.name);
      for (const [name, value] of Object.entries(element.attributes)) {
        if (['href', 'src', 'xlink:href', 'action'].includes(name))
          expect(value).toMatch(/^#|^data:image\/svg\+xml,/);
      }
    }
    expect(textOf(findAll(sample, 'style')[0] ?? sample)).not.toMatch(/url\(|@import/);
  });

  test('has a policy that allows its own style sheet and nothing that runs', () => {
    for (const page of [sample, read(hostileReport), read(base)]) {
      const styles = findAll(page, 'style').map(textOf);
      expect(styles).toHaveLength(1);
      const policy = findAll(page, 'meta').find(
        (meta) => meta.attributes['http-equiv'] === 'Content-Security-Policy',
      );
      const hash = createHash('sha256')
        .update(styles[0] ?? '')
        .digest('base64');
      expect(policy?.attributes.content).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`,
      );
      expect(findAll(page, '*').filter((element) => 'style' in element.attributes)).toEqual([]);
    }
  });

  test('declares its policy before anything it governs', () => {
    const names = findAll(sample, '*')
      .slice(0, 4)
      .map((element) => element.attributes['http-equiv'] ?? element.name);
    expect(names).toEqual(['head', 'meta', 'Content-Security-Policy', 'meta']);
  });

  test('gives every id once, and every reference a target', () => {
    for (const page of [sample, read(hostileReport)]) {
      const elements = findAll(page, '*');
      const ids = elements.flatMap((element) => element.attributes.id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      for (const element of elements) {
        for (const id of element.attributes['aria-labelledby']?.split(' ') ?? []) expect(ids).toContain(id);
        if (element.attributes.href?.startsWith('#')) expect(ids).toContain(element.attributes.href.slice(1));
      }
    }
  });

  test('steps through headings without leaving a level out', () => {
    const levels = findAll(sample, '*').flatMap(({ name }) => (/^h[1-6]$/.test(name) ? Number(name[1]) : []));
    expect(levels[0]).toBe(1);
    levels.forEach((level, i) => {
      expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1);
    });
  });

  test('lists exactly its sections, in their order', () => {
    const links = findAll(findAll(sample, 'nav')[0] ?? sample, 'a').map((a) => a.attributes.href?.slice(1));
    expect(links).toEqual(
      findAll(sample, 'section')
        .map((element) => element.attributes.id)
        .slice(1),
    );
    expect(links).toEqual([
      'results',
      'ablation',
      'breakdowns',
      'search',
      'map',
      'data',
      'similarities',
      'refinement',
      'training',
      'cost',
      'reproduce',
    ]);
  });

  test('gives every box that scrolls a name and a place in the tab order', () => {
    const boxes = [...findAll(sample, 'div', 'scroll'), ...findAll(sample, 'pre')];
    expect(boxes.length).toBeGreaterThan(10);
    for (const box of boxes) {
      expect(box.attributes.tabindex).toBe('0');
      expect(box.attributes['aria-label']).toBeTruthy();
    }
  });

  test('is the same for the same data', () => {
    expect(renderReport(sampleReport)).toBe(renderReport(structuredClone(sampleReport)));
  });
});

describe('escaping', () => {
  const source = renderReport(hostileReport);
  const page = parseXml(source);

  test('the hostile page is still well-formed, with no element or handler of its guest’s', () => {
    for (const element of findAll(page, '*')) {
      expect(['script', 'img', 'iframe']).not.toContain(element.name);
      expect(
        Object.keys(element.attributes).filter((name) => name.startsWith('on') || name === 'autofocus'),
      ).toEqual([]);
    }
  });

  test.each(Object.entries(hostile))('%s never stands in the source as it is', (_, text) => {
    expect(source).not.toContain(text);
  });

  test('text that harms nobody is shown as it was written', () => {
    const shown = textOf(page);
    for (const text of [
      hostile.script,
      hostile.style,
      hostile.attribute,
      hostile.apostrophe,
      hostile.svg,
      hostile.comment,
      hostile.cdata,
      hostile.entity,
    ]) {
      expect(shown).toContain(text);
    }
  });

  test('every part of the data appears, also where names are hostile', () => {
    expect(findAll(page, 'section').map((element) => element.attributes.id)).toEqual(
      findAll(sample, 'section').map((element) => element.attributes.id),
    );
  });

  test('a rule that is named like a member of Object is only a name', () => {
    expect(tables(page, 'refinement')[0]?.[2]?.[0]).toBe('constructor');
  });
});

describe('tables hold the numbers', () => {
  test('measures with intervals, the best of a column in bold', () => {
    const [measures, comparisons] = tables(sample, 'results');
    expect(measures?.[0]).toEqual([
      'System',
      'MRR@1000',
      'MAP',
      'Recall@1',
      'Recall@5',
      'Recall@10',
      'nDCG@10',
    ]);
    expect(measures?.[3]?.slice(0, 2)).toEqual(['trained', '58.74[56.3, 61.0]']);
    expect(comparisons?.[1]).toEqual(['trained', 'BM25', 'MRR@1000', '+5.62', '< 0.001']);
    const results = section(sample, 'results');
    expect(findAll(results ?? sample, 'strong').map(textOf)).toEqual([
      '58.74',
      '58.74',
      '48.80',
      '70.00',
      '78.10',
      '62.90',
    ]);
  });

  test('ablation rows with mean, deviation and distance from the full recipe', () => {
    // numpy: np.mean([.5402, .5467, .5381]) = 0.541666…, np.std(…, ddof=1) = 0.004475…
    expect(tables(sample, 'ablation')[0]?.slice(1, 4)).toEqual([
      ['OASIS (full)', '58.72± 0.31', ''],
      ['no refinement', '58.31± 0.21', '−0.41'],
      ['CoSENT only', '54.17± 0.45', '−4.56'],
    ]);
    // Rows of unequal numbers of seeds say how many they have.
    const rows = [
      { name: 'full', full: true, values: [0.5, 0.6] },
      { name: 'part', values: [0.4] },
    ];
    expect(tables(read({ ...base, ablation: { measure: 'MRR', rows } }), 'ablation')[0]).toEqual([
      ['Variant', 'MRR', 'Against full', 'Seeds'],
      ['full', '55.00± 7.07', '', '2'],
      ['part', '40.00', '−15.00', '1'],
    ]);
  });

  test('ablation rows with their intervals and p-values, where they are given', () => {
    const rows = [
      { name: 'full', full: true, values: [0.5, 0.6], low: 0.52, high: 0.58 },
      {
        name: 'part',
        values: [0.4, 0.5],
        low: 0.42,
        high: 0.48,
        difference: { low: -0.125, high: -0.07 },
        pValue: 0.0312,
      },
    ];
    const ablation = { measure: 'MRR', rows, intervals: '95% intervals', test: 'paired randomization' };
    const page = read({ ...base, ablation });
    expect(tables(page, 'ablation')[0]).toEqual([
      ['Variant', 'MRR', 'Against full', 'p'],
      ['full', '55.00± 7.07[52.0, 58.0]', '', ''],
      ['part', '45.00± 7.07[42.0, 48.0]', '−10.00[−12.50, −7.00]', '0.031'],
    ]);
    const words = textOf(section(page, 'ablation') ?? page);
    expect(words).toContain('the line 95% intervals. The axis');
    expect(words).toContain('in brackets 95% intervals; p: paired randomization');
  });

  test('files not read, by reason', () => {
    const corpus = {
      repositories: [],
      filesNotRead: [
        { reason: 'too-large', count: 2 },
        { reason: 'generated', count: 1204 },
      ],
    };
    expect(tables(read({ ...base, corpus }), 'data').at(-1)).toEqual([
      ['Reason', 'Files and folders'],
      ['generated', '1,204'],
      ['too large', '2'],
    ]);
  });

  test('files with syntax errors, and the functions that hold one', () => {
    const corpus = { repositories: [], syntaxErrors: { files: 3, functions: 1204 } };
    expect(textOf(section(read({ ...base, corpus }), 'data')!)).toContain(
      'Files with syntax errors, read as far as possible: 3. Functions found that hold one: 1,204.',
    );
  });

  test('splits, repositories and filters add up', () => {
    const [splits, repositories, filters] = tables(sample, 'data');
    expect(splits?.slice(1)).toEqual([
      ['train', '5', '6,677'],
      ['validation', '1', '640'],
      ['test', '2', '1,213'],
    ]);
    expect(repositories?.[3]).toEqual([
      'mathjs 14.5.2',
      'train',
      '1,422',
      'JavaScript, TypeScript',
      'Apache-2.0',
    ]);
    expect(filters?.[1]).toEqual(['no doc comment', '17,204', '54%']);
    expect(filters?.at(-1)).toEqual(['kept', '8,530', '27%']);
  });

  test('a repository that is divided over splits counts once, and the page says so', () => {
    const part = { name: 'a', functions: { go: 5 } };
    const corpus = {
      repositories: [
        { ...part, split: 'train' as const },
        { ...part, split: 'test' as const },
      ],
    };
    const page = read({ ...base, corpus, evaluation: sampleReport.evaluation! });
    const data = textOf(section(page, 'data') ?? page);
    expect(data).toContain('10 functions from 1 repository were kept');
    expect(data).toContain('Repositories are divided between the splits');
    expect(textOf(section(page, 'summary') ?? page)).toContain(
      'from 1 repository, in files kept out of training',
    );
    expect(textOf(section(sample, 'data') ?? sample)).toContain('No repository stands in two splits.');
  });

  test('reasons written as slugs read as words', () => {
    const page = read({
      ...base,
      corpus: {
        repositories: [],
        filters: [
          { reason: 'short-body', count: 2 },
          { reason: 'not a near-duplicate', count: 1 },
        ],
      },
    });
    expect(
      tables(page, 'data')
        .at(-1)
        ?.slice(1, 3)
        .map((row) => row[0]),
    ).toEqual(['short body', 'not a near-duplicate']);
  });

  test('verdicts by rule, with their sum', () => {
    expect(tables(sample, 'refinement')[0]).toEqual([
      ['Rule', 'Suspects', 'Of negatives', 'Raised', 'Left alone', 'No verdict'],
      ['threshold', '6,120', '15%', '41', '6,079', '0'],
      ['syntax tree', '318', '0.8%', '97', '219', '2'],
      ['threshold and syntax tree', '122', '0.3%', '88', '34', '0'],
      ['all rules', '6,560', '16%', '226', '6,332', '2'],
    ]);
  });

  test('the histogram’s counts, all of them', () => {
    const counts = tables(sample, 'similarities')[2]?.slice(1) ?? [];
    expect(counts[0]?.[0]).toMatch(/^0\.000 to /);
    expect(counts.reduce((sum, row) => sum + Number(row[1]?.replaceAll(',', '')), 0)).toBe(41712);
  });

  test('the kept step is marked in the validation table', () => {
    expect(tables(sample, 'training')[0]?.find((row) => row[0] === '400')).toEqual(['400', '58.90 (kept)']);
  });

  test('cosines of each pair in both maps', () => {
    const [pairs] = tables(sample, 'map');
    expect(pairs).toHaveLength(61);
    expect(pairs?.[0]).toEqual(['Query', 'Code', 'Before training', 'After training']);
  });
});

describe('a large run', () => {
  const count = 20_000;
  const repositories = Array.from({ length: count }, (_, i) => ({
    name: `owner/repository-${i}`,
    split: 'train' as const,
    functions: { python: 1 + ((i * 7919) % count) },
  }));
  const steps = 300_000;
  const values = Float64Array.from({ length: steps }, (_, i) => (i === 123_456 ? 9 : 3 - (2 * i) / steps));
  const data: ReportData = {
    ...base,
    corpus: { repositories },
    training: { encoder: 'subtoken-bag', losses: { steps: values.map((_, i) => i), total: values } },
    evaluation: {
      queries: 90,
      candidates: 100,
      heldOut: 2000,
      repositories: 7,
      measures: ['MAP'],
      systems: [{ name: 'OASIS', role: 'trained', measures: { MAP: { value: 0.5 } } }],
    },
    breakdowns: [
      {
        title: 'By held-out repository',
        group: 'Repository',
        measure: 'MAP',
        systems: ['OASIS'],
        rows: repositories.map(({ name, functions }) => ({
          name,
          queries: functions.python,
          values: [0.5],
        })),
      },
    ],
  };
  const html = renderReport(data);
  const page = parseXml(html);

  test('shows its largest repositories and says how many are not shown', () => {
    const [byRepository] = tables(page, 'breakdowns');
    expect(byRepository).toHaveLength(1 + 500);
    const queries = byRepository!.slice(1).map(([, cell]) => Number(cell!.replace(/\D/g, '')));
    expect(Math.min(...queries)).toBe(count - 499);
    // In the order of all rows.
    const places = byRepository!.slice(1).map(([name]) => Number(name!.split('-')[1]));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const id of ['data', 'breakdowns'])
      expect(textOf(section(page, id)!)).toMatch(
        /The 500 largest by \w+; 19,500 (rows|repositories) not shown\./,
      );
    expect(textOf(section(page, 'data')!)).toContain('20,000 repositories');
  });

  test('says that a part of what is held out is ranked', () => {
    expect(textOf(section(page, 'results')!)).toContain(
      'They were drawn at random, by repository, from 2,000 held-out functions with a description.',
    );
  });

  test('stays some hundred kilobytes, extremes of its curves in view', () => {
    expect(html.length).toBeLessThan(500_000);
    const figure = findAll(section(page, 'training')!, 'svg')[0]!;
    // The one step at 9 stretches the axis.
    expect(findAll(figure, 'text').map(textOf)).toContain('10');
  });
});

describe('the map', () => {
  test('has a row of panels for each method, and takes the focus in one panel alone', () => {
    const map = section(sample, 'map') ?? sample;
    expect(findAll(map, 'h3').map(textOf)).toEqual([
      'Classical scaling',
      'Refined by stress majorisation (SMACOF)',
    ]);
    const moments = ['Before training', 'After training'];
    expect(findAll(map, 'h4').map(textOf)).toEqual([...moments, ...moments]);
    const pairs = findAll(map, 'g').filter((group) => group.attributes.class?.startsWith('pair '));
    expect(pairs).toHaveLength(4 * 60);
    expect(pairs.filter((pair) => pair.attributes.tabindex === '0')).toHaveLength(60);
    // Stress majorisation starts from the classical map and never raises the stress.
    const stress = findAll(map, 'p', 'quiet').map((p) => Number(/stress ([\d.]+)/.exec(textOf(p))?.[1]));
    expect(stress[2]).toBeLessThan(stress[0] ?? 0);
    expect(stress[3]).toBeLessThan(stress[1] ?? 0);
  });
});

describe('code', () => {
  test('is shown on both sides with its place, long code cut with a count', () => {
    const refinement = section(sample, 'refinement') ?? sample;
    expect(findAll(refinement, 'pre')).toHaveLength(4);
    expect(textOf(findAll(refinement, 'p', 'more')[0] ?? sample)).toBe('… and 9 more lines');
    expect(textOf(findAll(refinement, 'span', 'place')[1] ?? sample)).toBe(
      'lodash · src/internal/tree/walker.js:88',
    );
  });

  test('of a method loses the indentation of its class', () => {
    const code = textOf(findAll(section(sample, 'refinement') ?? sample, 'pre')[1] ?? sample);
    expect(code.split('\n')[1]).toMatch(/^ {2}if/);
    expect(code.split('\n').at(-1)).toBe('}');
  });
});

describe('a run that lacks parts', () => {
  test('is a page with a title alone', () => {
    const page = read(base);
    expect(findAll(page, 'section').map((element) => element.attributes.id)).toEqual(['summary']);
    expect(findAll(page, 'nav')).toEqual([]);
  });

  test.each(Object.keys(sampleReport).filter((key) => !(key in base)))('reads without %s', (key) => {
    const { [key as keyof ReportData]: _, ...rest } = sampleReport;
    parseXml(renderReport(rest as ReportData));
  });

  test.each(Object.keys(sampleReport).filter((key) => !(key in base)))('reads with %s alone', (key) => {
    parseXml(renderReport({ ...base, [key]: sampleReport[key as keyof ReportData] }));
  });

  test('reads with every list empty', () => {
    const page = read({
      ...base,
      options: {},
      notes: [],
      versions: {},
      corpus: { repositories: [], filters: [] },
      similarity: {
        negatives: { minimum: 0, maximum: 1, counts: [] },
        threshold: { kind: 'none', reason: 'no pairs' },
      },
      refinement: { pairs: 0, deltaS: 0.2, judge: 'none', rules: [], examples: [] },
      training: {
        encoder: 'x',
        settings: {},
        losses: { steps: [], total: [] },
        validation: { measure: 'MRR', steps: [], values: [], bestStep: 0 },
      },
      evaluation: { queries: 0, candidates: 0, measures: [], systems: [] },
      ablation: { measure: 'MRR', rows: [] },
      breakdowns: [],
      map: { pairs: [], panels: [] },
      searches: [],
      timings: [],
    });
    expect(findAll(page, 'section').map((element) => element.attributes.id)).toEqual([
      'summary',
      'data',
      'refinement',
      'training',
    ]);
  });

  test('says why there is no threshold, and draws none', () => {
    const { mixture: _, ...similarity } = sampleReport.similarity ?? {
      negatives: { minimum: 0, maximum: 1, counts: [1] },
      threshold: { kind: 'none', reason: '' },
    };
    const page = read({
      ...base,
      similarity: { ...similarity, threshold: { kind: 'none', reason: 'the mixture has one component' } },
    });
    expect(textOf(section(page, 'similarities') ?? page)).toContain(
      'There is no threshold: the mixture has one component.',
    );
    expect(findAll(page, 'g', 'threshold')).toEqual([]);
  });

  test('compares the fits by number of components', () => {
    const text = textOf(section(sample, 'similarities') ?? sample);
    expect(text).toContain('Fits by number of components');
    expect(tables(sample, 'similarities')[1]?.map(([components, , above]) => [components, above])).toEqual([
      ['Components', 'Above the lowest'],
      ['1', '10,498'],
      ['2', '86'],
      ['3', '0'],
      ['4', '14'],
    ]);
    expect(text).toContain('BIC is lowest with 3 components.');
    expect(text).toContain('the threshold is always that of two');
  });

  test('says that a threshold was chosen', () => {
    const page = read({
      ...base,
      similarity: {
        negatives: { minimum: 0, maximum: 1, counts: [1, 2] },
        threshold: { kind: 'chosen', value: 0.5, reason: '--threshold 0.5' },
      },
    });
    expect(textOf(section(page, 'similarities') ?? page)).toContain(
      'The threshold 0.5000 was chosen, not fitted: --threshold 0.5.',
    );
  });

  test('shows a date that cannot be read as it came', () => {
    expect(textOf(findAll(read({ ...base, createdAt: 'yesterday' }), 'header')[0] ?? sample)).toContain(
      'yesterday',
    );
  });
});

describe('colors', () => {
  const block = (start: string) => {
    const text = stylesheet.slice(stylesheet.indexOf(start));
    return Object.fromEntries(
      [...text.slice(0, text.indexOf('}')).matchAll(/--([\w-]+):(#[0-9a-f]{6})/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
  };
  test.each([
    ['light', block(':root{')],
    ['dark', block('(prefers-color-scheme:dark)')],
  ])('%s: text has 4.5:1 on paper and on raised boxes, figures 3:1', (_, colors) => {
    const texts = [
      'ink',
      'muted',
      'link',
      'code-keyword',
      'code-string',
      'code-comment',
      'code-number',
      'code-called',
    ];
    for (const ground of ['paper', 'raised']) {
      for (const name of texts)
        expect(contrast(colors[name], colors[ground]), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (let n = 1; n <= 5; n++)
      expect(contrast(colors[`series-${n}`], colors.paper), `series ${n}`).toBeGreaterThanOrEqual(3);
    // A verdict is text in the third color.
    expect(contrast(colors['series-3'], colors.paper)).toBeGreaterThanOrEqual(4.5);
  });
});
