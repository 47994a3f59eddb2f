import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  barsFigure,
  curvesFigure,
  dotsFigure,
  histogramFigure,
  mapFigure,
  mapFrame,
  meanAndDeviation,
  seriesColors,
} from '../../src/report/figures/index.js';
import { contrast } from '../support/contrast.js';
import { hostile } from '../support/sample-report.js';
import { findAll, numberOf, parseXml, textOf, type XmlElement } from '../support/strict-xml.js';

const all = Object.values(hostile).join(' ');

/** Where the plot's bottom line and the ticks of the x axis stand, read back from the drawing. */
const xTicks = (svg: XmlElement) =>
  findAll(svg, 'text', 'muted')
    .filter((text) => text.attributes['text-anchor'] === 'middle')
    .map((text) => ({ value: Number(textOf(text)), x: numberOf(text, 'x') }));

const atX = (svg: XmlElement, value: number): number => {
  const ticks = xTicks(svg);
  const [first, last] = [ticks[0], ticks.at(-1)];
  if (!first || !last) throw new Error('no ticks');
  return first.x + ((value - first.value) / (last.value - first.value)) * (last.x - first.x);
};

const moveTo = (path: XmlElement | undefined) => {
  const match = /^M(-?[\d.]+) (-?[\d.]+)/.exec(path?.attributes.d ?? '');
  return { x: Number(match?.[1]), y: Number(match?.[2]) };
};

describe('every figure', () => {
  const figures: Readonly<Record<string, (title: string) => string>> = {
    histogram: (title) =>
      histogramFigure({
        title,
        description: title,
        minimum: 0,
        maximum: 1,
        counts: [1, 2],
        label: title,
        xLabel: title,
        threshold: { value: 0.5, label: title },
        outline: { minimum: 0, maximum: 1, counts: [1], label: title },
      }),
    curves: (title) =>
      curvesFigure({
        title,
        description: title,
        xLabel: title,
        yLabel: title,
        curves: [
          { name: title, x: [0, 1], y: [1, 2] },
          { name: title, x: [0], y: [1] },
        ],
        marker: { x: 1, label: title },
      }),
    bars: (title) =>
      barsFigure({
        title,
        description: title,
        groups: [{ name: title, bars: [{ label: title, value: 1, text: title }] }],
      }),
    dots: (title) =>
      dotsFigure({ title, description: title, xLabel: title, rows: [{ label: title, values: [1, 2] }] }),
    map: (title) =>
      mapFigure({
        title,
        description: title,
        x: [0, 1],
        y: [0, 1],
        pairs: [{ query: title, code: title }],
        interactive: true,
      }),
  };

  test.each(Object.entries(figures))('%s is well-formed, named, described and escaped', (_, draw) => {
    const svg = parseXml(draw(all));
    expect(svg.name).toBe('svg');
    expect(svg.attributes.xmlns).toBe('http://www.w3.org/2000/svg');
    const ids = svg.attributes['aria-labelledby']?.split(' ') ?? [];
    expect(
      findAll(svg, '*')
        .filter((element) => ids.includes(element.attributes.id ?? ''))
        .map((e) => e.name),
    ).toEqual(['title', 'desc']);
    expect(
      findAll(svg, 'script').concat(findAll(svg, 'img'), findAll(svg, 'iframe'), findAll(svg, 'style')),
    ).toEqual([]);
    for (const element of findAll(svg, '*')) {
      expect(
        Object.keys(element.attributes).filter((name) => name.startsWith('on') || name === 'style'),
      ).toEqual([]);
    }
  });

  test.each(Object.entries(figures))('%s draws inside its own box', (_, draw) => {
    const svg = parseXml(draw('Plain'));
    const [, , width = 0, height = 0] = (svg.attributes.viewBox ?? '').split(' ').map(Number);
    for (const name of ['rect', 'circle', 'text']) {
      for (const element of findAll(svg, name)) {
        const x = numberOf(element, name === 'circle' ? 'cx' : 'x');
        const y = numberOf(element, name === 'circle' ? 'cy' : 'y');
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(height);
      }
    }
  });

  test.each(Object.entries(figures))('%s is the same on every call', (_, draw) => {
    expect(draw('Plain')).toBe(draw('Plain'));
  });

  test('has colors of at least 3:1 against white', () => {
    for (const color of seriesColors) expect(contrast(color, '#ffffff')).toBeGreaterThan(3);
  });
});

describe('histogramFigure', () => {
  const bars = (svg: XmlElement) => findAll(svg, 'rect', 'bar');

  test('heights are proportional to counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 40 }), (counts) => {
        const svg = parseXml(histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts }));
        const heights = bars(svg).map((bar) => numberOf(bar, 'height'));
        expect(heights).toHaveLength(counts.length);
        const scale = Math.max(...heights) / Math.max(...counts);
        heights.forEach((height, i) => {
          expect(height).toBeCloseTo((counts[i] ?? 0) * scale, 0);
        });
      }),
    );
  });

  test('joining fine bins keeps every count', () => {
    for (const length of [4096, 100, 97, 511]) {
      const counts = new Uint32Array(length).fill(3);
      const svg = parseXml(histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts }));
      const titles = bars(svg).map((bar) => Number(textOf(bar).split(': ')[1]?.replaceAll(',', '')));
      expect(titles.length).toBeLessThanOrEqual(96);
      expect(titles.reduce((a, b) => a + b, 0)).toBe(3 * length);
    }
  });

  test('the threshold stands at its value, and the suspects from there to the end', () => {
    for (const value of [0.1, 0.4787, 0.98]) {
      const svg = parseXml(
        histogramFigure({
          title: 'h',
          minimum: 0,
          maximum: 1,
          counts: [1, 2, 3],
          threshold: { value, label: 's*' },
        }),
      );
      expect(moveTo(findAll(svg, 'path', 'threshold-line')[0]).x).toBeCloseTo(atX(svg, value), 1);
      const suspects = findAll(svg, 'rect', 'suspects')[0];
      expect(numberOf(suspects, 'x') + numberOf(suspects, 'width')).toBeCloseTo(atX(svg, 1), 1);
    }
  });

  test('the axis holds the occupied bins and the threshold, and no empty margin', () => {
    const counts = new Uint32Array(1000);
    counts.fill(5, 400, 700);
    const ticks = (value: number) => {
      const values = xTicks(
        parseXml(
          histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts, threshold: { value, label: 's*' } }),
        ),
      ).map((tick) => tick.value);
      return [values[0], values.at(-1)];
    };
    expect(ticks(0.5)).toEqual([0.4, 0.7]);
    expect(ticks(0.9)).toEqual([0.4, 0.9]);
  });

  test('a threshold outside the axis is not drawn', () => {
    const svg = parseXml(
      histogramFigure({
        title: 'h',
        minimum: 0,
        maximum: 1,
        counts: [1],
        threshold: { value: 1.4, label: 's*' },
      }),
    );
    expect(findAll(svg, 'g', 'threshold')).toEqual([]);
  });

  test('components peak at their means, lower first whatever their order', () => {
    const mixture = { weights: [0.3, 0.7], means: [0.62, 0.3], variances: [0.0036, 0.0064] };
    const svg = parseXml(
      histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: new Array(50).fill(1), mixture }),
    );
    const peaks = findAll(svg, 'path', 'component').map((path) => {
      const points = [...(path.attributes.d ?? '').matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [
        Number(x),
        Number(y),
      ]);
      return points.reduce((best, point) => ((point[1] ?? 0) < (best[1] ?? 0) ? point : best))[0] ?? 0;
    });
    expect(peaks[0]).toBeCloseTo(atX(svg, 0.3), -1);
    expect(peaks[1]).toBeCloseTo(atX(svg, 0.62), -1);
    expect(findAll(svg, 'path', 'density')).toHaveLength(1);
  });

  test('the curve of a beta component is its density, not that of a normal', () => {
    // Beta(1, 3) falls from the left edge on, though its mean is a quarter.
    const mixture = { weights: [1], means: [0.25], variances: [3 / 80], alphas: [1], betas: [3] };
    const svg = parseXml(
      histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: new Array(50).fill(1), mixture }),
    );
    const [path] = findAll(svg, 'path', 'component');
    const ys = [...(path?.attributes.d ?? '').matchAll(/[ML]-?[\d.]+ (-?[\d.]+)/g)].map(([, y]) => Number(y));
    const base = Math.max(...ys);
    const heights = ys.map((y) => base - y);
    // 3·(1 − x)² at a quarter over that at a half, points 60 and 120 of 241.
    expect((heights[60] ?? 0) / (heights[120] ?? 1)).toBeCloseTo(0.75 ** 2 / 0.5 ** 2, 1);
    expect(heights[2]).toBeGreaterThan(heights[60] ?? 0);
  });

  test('counts that are all zero are an empty plot, not a fault', () => {
    const svg = parseXml(histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: [0, 0, 0] }));
    expect(bars(svg)).toEqual([]);
  });

  test('says what is wrong with its input', () => {
    expect(() => histogramFigure({ title: 'h', minimum: 1, maximum: 1, counts: [1] })).toThrow(
      'maximum must be above minimum = 1, received 1',
    );
    expect(() => histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: [] })).toThrow(
      'counts must have at least one bin, received none',
    );
    expect(() => histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: [1, -2] })).toThrow(
      'counts[1] must be a count of at least 0, received -2',
    );
    expect(() => histogramFigure({ title: 'h', minimum: 0, maximum: 1, counts: [Number.NaN] })).toThrow(
      'received NaN',
    );
  });
});

describe('curvesFigure', () => {
  const base = { title: 'c', xLabel: 'step', yLabel: 'loss' };

  test('points follow the data: equal steps up are equal steps in px, downwards', () => {
    const svg = parseXml(curvesFigure({ ...base, curves: [{ name: 'a', x: [0, 10, 20], y: [1, 2, 3] }] }));
    const dots = findAll(svg, 'circle').map((dot) => [numberOf(dot, 'cx'), numberOf(dot, 'cy')] as const);
    expect(dots).toHaveLength(3);
    const [a = [0, 0], b = [0, 0], c = [0, 0]] = dots;
    expect(b[0] - a[0]).toBeCloseTo(c[0] - b[0], 1);
    expect(a[1] - b[1]).toBeCloseTo(b[1] - c[1], 1);
    expect(a[1]).toBeGreaterThan(c[1]);
  });

  test('the marker stands at its step', () => {
    const svg = parseXml(
      curvesFigure({
        ...base,
        curves: [{ name: 'a', x: [0, 100], y: [1, 2] }],
        marker: { x: 40, label: 'best' },
      }),
    );
    expect(moveTo(findAll(svg, 'path', 'marker-line')[0]).x).toBeCloseTo(atX(svg, 40), 1);
  });

  test('a value that is not finite leaves a gap', () => {
    const svg = parseXml(
      curvesFigure({ ...base, curves: [{ name: 'a', x: [0, 1, 2, 3], y: [1, Number.NaN, 2, 3] }] }),
    );
    expect(findAll(svg, 'path', 'curve')[0]?.attributes.d).toMatch(/^M[^ML]+M[^ML]+L[^ML]+$/);
    expect(JSON.stringify(svg)).not.toContain('NaN');
  });

  test('long curves become means within a band', () => {
    const x = Float64Array.from({ length: 10_000 }, (_, i) => i);
    const svg = parseXml(curvesFigure({ ...base, curves: [{ name: 'a', x, y: x.map((i) => i % 2) }] }));
    const line = findAll(svg, 'path', 'curve')[0]?.attributes.d ?? '';
    expect(line.split('L').length).toBeLessThanOrEqual(240);
    expect(findAll(svg, 'path', 'fill-2')).toHaveLength(1);
  });

  test('no points at all are an empty plot', () => {
    parseXml(curvesFigure({ ...base, curves: [] }));
    parseXml(curvesFigure({ ...base, curves: [{ name: 'a', x: [], y: [] }] }));
  });

  test('says which curve has parallel arrays of two lengths', () => {
    expect(() => curvesFigure({ ...base, curves: [{ name: 'a', x: [1], y: [1, 2] }] })).toThrow(
      'curve "a": y must have as many values as x = [1], received [2]',
    );
  });
});

describe('barsFigure', () => {
  test('lengths are proportional to values, from zero', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (values) => {
          const svg = parseXml(
            barsFigure({
              title: 'b',
              groups: [{ bars: values.map((value, i) => ({ label: `${i}`, value })) }],
            }),
          );
          const widths = findAll(svg, 'rect', 'bar').map((bar) => numberOf(bar, 'width'));
          const scale = Math.max(...widths) / Math.max(...values);
          widths.forEach((width, i) => {
            expect(width).toBeCloseTo((values[i] ?? 0) * scale, 1);
          });
        },
      ),
    );
  });

  test('whiskers reach from low to high', () => {
    const svg = parseXml(
      barsFigure({ title: 'b', groups: [{ bars: [{ label: 'a', value: 0.5, low: 0.4, high: 0.6 }] }] }),
    );
    const bar = findAll(svg, 'rect', 'bar')[0];
    const px = numberOf(bar, 'width') / 0.5;
    const ends = /^M(-?[\d.]+) .*H(-?[\d.]+)m/.exec(findAll(svg, 'path', 'whisker')[0]?.attributes.d ?? '');
    expect(Number(ends?.[1])).toBeCloseTo(numberOf(bar, 'x') + 0.4 * px, 1);
    expect(Number(ends?.[2])).toBeCloseTo(numberOf(bar, 'x') + 0.6 * px, 1);
  });

  test('a label too long for its column is cut, and whole in the title', () => {
    const label = 'a very long name of a very long stage of a very long pipeline';
    const svg = parseXml(barsFigure({ title: 'b', width: 350, groups: [{ bars: [{ label, value: 1 }] }] }));
    expect(textOf(findAll(svg, 'text', 'muted')[0] ?? svg)).toMatch(/^a very .*…$/);
    expect(textOf(findAll(svg, 'title')[1] ?? svg)).toContain(label);
  });

  test('refuses what has no length', () => {
    expect(() => barsFigure({ title: 'b', groups: [{ bars: [{ label: 'a', value: -1 }] }] })).toThrow(
      'the value of bar "a" must be finite and at least 0, received -1',
    );
  });
});

describe('dotsFigure', () => {
  test('a dot per finite value, the mean between them, and a guide through the reference', () => {
    const svg = parseXml(
      dotsFigure({
        title: 'd',
        xLabel: 'MRR',
        rows: [
          { label: 'full', values: [0.5, 0.7, Number.NaN], reference: true },
          { label: 'part', values: [] },
        ],
      }),
    );
    const dots = findAll(svg, 'circle', 'dot').map((dot) => numberOf(dot, 'cx'));
    expect(dots).toHaveLength(2);
    const mean = findAll(svg, 'rect', 'mean')[0];
    const middle = numberOf(mean, 'x') + numberOf(mean, 'width') / 2;
    expect(middle).toBeCloseTo(((dots[0] ?? 0) + (dots[1] ?? 0)) / 2, 1);
    expect(moveTo(findAll(svg, 'path', 'reference')[0]).x).toBeCloseTo(middle, 1);
  });

  test('the deviation is that of a sample', () => {
    // numpy: np.std([1, 2, 4], ddof=1) = 1.5275252316519465
    expect(meanAndDeviation([1, 2, 4]).deviation).toBeCloseTo(1.5275252316519465, 14);
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
  });

  test('needs a value', () => {
    expect(() => dotsFigure({ title: 'd', xLabel: 'x', rows: [{ label: 'a', values: [] }] })).toThrow(
      'rows must have at least one finite value',
    );
  });
});

describe('mapFigure', () => {
  const pairs = [
    { query: 'q0', code: 'c0' },
    { query: 'q1', code: 'c1' },
  ];

  test('both axes have one scale, up is up, and lines join a query to its own code', () => {
    const svg = parseXml(mapFigure({ title: 'm', x: [0, 4, 1, 4], y: [0, 0, 0, 3], pairs }));
    const [first, second] = findAll(svg, 'g', 'pair');
    const ends = (pair: XmlElement | undefined) => {
      const match = /^M(.+) (.+)L(.+) (.+)$/.exec(
        findAll(pair ?? svg, 'path', 'link')[0]?.attributes.d ?? '',
      );
      return match?.slice(1).map(Number) ?? [];
    };
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = ends(first);
    const [x3 = 0, y3 = 0, x4 = 0, y4 = 0] = ends(second);
    const unit = x2 - x1;
    expect(y2 - y1).toBeCloseTo(0, 1);
    expect(x3 - x1).toBeCloseTo(4 * unit, 0);
    expect(x4 - x3).toBeCloseTo(0, 1);
    expect(y3 - y4).toBeCloseTo(3 * unit, 0);
    expect(textOf(findAll(second ?? svg, 'title')[0] ?? svg)).toBe('“q1” – c1');
  });

  test('a common frame puts equal coordinates at equal places', () => {
    const small = { x: [0, 1, 0, 1], y: [0, 1, 1, 0] };
    const large = { x: [0, 9, -5, 1], y: [0, 3, 1, 2] };
    const frame = mapFrame([small, large]);
    const origin = (map: typeof small) =>
      findAll(parseXml(mapFigure({ title: 'm', ...map, pairs, frame })), 'circle', 'query')[0]?.attributes;
    expect(origin(small)?.cx).toBe(origin(large)?.cx);
    expect(origin(small)?.cy).toBe(origin(large)?.cy);
  });

  test('pairs take the focus only where asked, each with a name', () => {
    const quiet = parseXml(mapFigure({ title: 'm', x: [0, 0, 0, 0], y: [0, 0, 0, 0], pairs }));
    const lively = parseXml(
      mapFigure({
        title: 'm',
        x: [0, 0, 0, 0],
        y: [0, 0, 0, 0],
        pairs,
        interactive: true,
        similarities: [0.5, 0.25],
      }),
    );
    expect(findAll(quiet, 'g').filter((g) => g.attributes.tabindex)).toEqual([]);
    expect(findAll(lively, 'g', 'pair-1')[0]?.attributes['aria-label']).toBe('“q1” – c1, cosine 0.25');
    expect(lively.attributes.role).toBe('group');
  });

  test('wants two values per pair', () => {
    expect(() => mapFigure({ title: 'm', x: [0, 1], y: [0, 1, 2, 3], pairs })).toThrow(
      'x must have two values per pair = [4], received [2]',
    );
  });
});
