import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnchors } from '../../src/losses/anchors.js';
import {
  cosentEmbeddingValueAndGradients,
  cosentValueAndGradients,
  type DenseMatrix,
  infoNceValueAndGradients,
  klDivergenceValueAndGradients,
  listNetValueAndGradients,
  marginMseValueAndGradients,
  matryoshkaValueAndGradients,
  oasisValueAndGradients,
} from '../../src/losses/host/index.js';
import { infoNceOnHost } from '../../src/losses/host/info-nce-on-host.js';
import { readInfoNceSettings } from '../../src/losses/info-nce-settings.js';
import { denseMemory, plainDenseMemory } from '../../src/numerics/index.js';
import { cosent } from '../reference/losses.js';
import { worstDifference } from '../support/evaluate.js';
import { hostReferenceDifference } from '../support/host-references.js';
import { lossCases, randomCosent } from '../support/random-losses.js';

const matrix = (...rows: number[][]): DenseMatrix => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
});

/** Scores, labels from a few values so that ties occur, weights and groups. */
const items = fc.array(
  fc.record({
    score: fc.float({ min: -1, max: 1, noNaN: true }),
    label: fc.integer({ min: 0, max: 4 }),
    weight: fc.constantFrom(0, 0.5, 1, 2),
    group: fc.constantFrom('a', 'b'),
  }),
  { minLength: 1, maxLength: 12 },
);
type Item = { score: number; label: number; weight: number; group: string };
const cosentOf = (list: readonly Item[], shift = 0) =>
  cosentValueAndGradients(
    Float32Array.from(list, ({ score }) => score + shift),
    list.map(({ label }) => label),
    { weights: list.map(({ weight }) => weight), groups: list.map(({ group }) => group), temperature: 0.3 },
  );

describe('cosentValueAndGradients', () => {
  it('equals the sum over all pairs in float64 for any labels, weights, groups and margins', () => {
    for (let seed = 0; seed < 60; seed++) {
      const cases = lossCases(seed);
      const count = cases.integer(0, 20);
      const { labels, options } = randomCosent(cases, count);
      const scores = Float32Array.from({ length: count }, () => cases.random.uniform() * 2 - 1);
      const expected = cosent(Array.from(scores), labels, options);
      const { value, gradients } = cosentValueAndGradients(scores, labels, options);
      expect(worstDifference([value], [expected.value]), `seed ${seed}`).toBeLessThan(1e-9);
      expect(worstDifference(gradients[0], expected.gradient), `seed ${seed}`).toBeLessThan(1e-6);
    }
  });

  it('does not depend on the order of the items', () => {
    fc.assert(
      fc.property(items, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (list, keys) => {
        const order = list
          .map((_, i) => [keys.next().value as number, i] as const)
          .sort((a, b) => a[0] - b[0]);
        const one = cosentOf(list);
        const other = cosentOf(order.map(([, i]) => list[i]!));
        expect(other.value).toBeCloseTo(one.value, 9);
        order.forEach(([, i], at) => {
          expect(other.gradients[0][at]).toBeCloseTo(one.gradients[0][i]!, 5);
        });
      }),
    );
  });

  it('gives equal labels and items of weight 0 no say', () => {
    fc.assert(
      fc.property(items, (list) => {
        const same = cosentOf(list.map((item) => ({ ...item, label: 2 })));
        expect([same.value, ...same.gradients[0]].every((number) => number === 0)).toBe(true);
        const weighty = list.filter(({ weight }) => weight > 0);
        expect(cosentOf(list).value).toBeCloseTo(cosentOf(weighty).value, 9);
        cosentOf(list).gradients[0].forEach((pull, i) => {
          if (list[i]!.weight === 0) expect(pull).toBe(0);
        });
      }),
    );
  });

  it('moves scores without changing their sum', () => {
    fc.assert(
      fc.property(items, (list) => {
        const sum = cosentOf(list).gradients[0].reduce((all, pull) => all + pull, 0);
        expect(sum).toBeCloseTo(0, 4);
        expect(cosentOf(list, 0.25).value).toBeCloseTo(cosentOf(list).value, 4);
      }),
    );
  });

  it('is finite for scores over any range, and NaN for NaN', () => {
    const { value, gradients } = cosentValueAndGradients([1e6, -1e6, 0], [0, 1, 2], { temperature: 1e-3 });
    expect(value).toBeCloseTo(2e9, 0);
    expect(Array.from(gradients[0])).toEqual([1000, -1000, 0]);
    expect(cosentValueAndGradients([NaN, 0], [0, 1]).value).toBeNaN();
  });
});

describe('infoNceValueAndGradients', () => {
  it('equals its definition in float64, gradients those of central differences', () => {
    for (let seed = 0; seed < 8; seed++) {
      expect(hostReferenceDifference(seed), `seed ${seed}`).toBeLessThan(1e-5);
    }
  });

  it('gives the same by WebAssembly and by plain loops, whole or in blocks', () => {
    const cases = lossCases(7);
    const [queries, documents] = [cases.matrix(37, 19), cases.matrix(41, 19)];
    const of = (chunkSize: number | undefined, memory = denseMemory()) => {
      const settings = readInfoNceSettings(37, 41, {
        directions: 'all',
        hardnessWeighting: 0.5,
        ...(chunkSize === undefined ? {} : { chunkSize }),
      });
      const anchors = readAnchors(settings);
      const pulls = new Float64Array(74).fill(1);
      const problem = {
        ...settings,
        queries,
        documents,
        sides: anchors.sides,
        temperature: 0.1,
        guide: null,
        pulls,
      };
      const { losses, toQueries, toDocuments } = infoNceOnHost(problem, true, memory);
      return [losses, toQueries, toDocuments];
    };
    const expected = of(undefined, plainDenseMemory);
    for (const actual of [of(undefined), of(5), of(5, plainDenseMemory), of(1)]) {
      actual.forEach((values, i) => {
        expect(worstDifference(values, expected[i]!)).toBeLessThan(2e-5);
      });
    }
  });

  it('hands out arrays that later calls leave alone', () => {
    const [a, b] = [matrix([1, 0], [0, 1]), matrix([0.5, 0.5], [0.1, 0.9])];
    const first = infoNceValueAndGradients(a, b);
    const copy = Array.from(first.gradients[0].data);
    infoNceValueAndGradients(b, a, { temperature: 1 });
    expect(Array.from(first.gradients[0].data)).toEqual(copy);
    expect(Array.from(a.data)).toEqual([1, 0, 0, 1]);
  });

  it('without a reduction returns a loss for each row, and gradients of their product with cotangents', () => {
    const [queries, documents] = [matrix([1, 0], [0, 1], [1, 1]), matrix([1, 0.2], [0, 1])];
    const options = { positives: [0, -1, 1], temperature: 0.5 } as const;
    const { value, gradients } = infoNceValueAndGradients(queries, documents, {
      ...options,
      reduction: 'none',
      cotangents: [2, 5, 3],
    });
    const one = (positives: number[]) =>
      infoNceValueAndGradients(queries, documents, { ...options, positives, reduction: 'sum' });
    expect(Array.from(value)).toEqual([
      expect.closeTo(one([0, -1, -1]).value, 6),
      0,
      expect.closeTo(one([-1, -1, 1]).value, 6),
    ]);
    const expected = one([0, -1, -1]).gradients[0].data.map(
      (pull, i) => 2 * pull + 3 * one([-1, -1, 1]).gradients[0].data[i]!,
    );
    expect(worstDifference(gradients[0].data, expected)).toBeLessThan(1e-6);
    expect(() => infoNceValueAndGradients(queries, documents, { ...options, cotangents: [1, 1, 1] })).toThrow(
      'reduction must be none when cotangents are given, received mean',
    );
  });

  it('gives zeros where nothing is compared', () => {
    const empty = { data: new Float32Array(0), rows: 0, columns: 3 };
    const rows = matrix([1, 2, 3]);
    const results = [
      infoNceValueAndGradients(empty, empty),
      infoNceValueAndGradients(empty, rows),
      infoNceValueAndGradients(rows, rows, { weights: [0] }),
      infoNceValueAndGradients(rows, rows, { positives: [-1] }),
      infoNceValueAndGradients(rows, rows, { directions: 'all' }),
    ];
    for (const { value, gradients, temperatureGradient } of results) {
      const pulls = gradients.flatMap(({ data }) => Array.from(data, Math.abs));
      expect([value, temperatureGradient, ...pulls].every((number) => Object.is(Math.abs(number), 0))).toBe(
        true,
      );
    }
  });
});

describe('wrong arguments', () => {
  const two = matrix([1, 0], [0, 1]);
  it.each([
    [
      'queries must be a dense matrix [Q, D]: { data: Float32Array, rows, columns }, received Array',
      () => infoNceValueAndGradients([[1, 0]] as never, two),
    ],
    [
      'queries.data must hold rows × columns = 3 × 2 numbers, received 4',
      () => infoNceValueAndGradients({ ...two, rows: 3 }, two),
    ],
    [
      'documents must have shape [N, D] with D = 2 as queries, received [2, 3]',
      () => infoNceValueAndGradients(two, matrix([1, 0, 0], [0, 1, 0])),
    ],
    [
      'temperature must be a number, received object',
      () => infoNceValueAndGradients(two, two, { temperature: {} as never }),
    ],
    [
      'infoNceValueAndGradients has no option scale: did you mean temperature?',
      () => infoNceValueAndGradients(two, two, { scale: 20 } as never),
    ],
    [
      'guide.documents must have shape [2, 2], received [1, 2]',
      () => infoNceValueAndGradients(two, two, { guide: { queries: two, documents: matrix([1, 0]) } }),
    ],
    [
      'scores must be an array of numbers [P], received null',
      () => cosentValueAndGradients(null as never, []),
    ],
    ['labels must have shape [P] = [2], received Array [1]', () => cosentValueAndGradients([1, 2], [1])],
    [
      'right must have shape [P, D] = [2, 2] as left, received [1, 2]',
      () => cosentEmbeddingValueAndGradients(two, matrix([1, 0]), [1, 2]),
    ],
    [
      'embeddings must hold at least one matrix, received none',
      () => matryoshkaValueAndGradients(() => null as never, [], { dimensions: [1] }),
    ],
    [
      'pairs.document[0] must name a row of documents in [0, 2), received 2',
      () => oasisValueAndGradients(two, two, { query: [0], document: [2], similarity: [1], positive: [1] }),
    ],
    [
      'reduction must be one of mean, sum',
      () => listNetValueAndGradients([1], [1], { reduction: 'max' as never }),
    ],
    ['labels[0] must be a finite number, received NaN', () => klDivergenceValueAndGradients([1], [NaN])],
    [
      'weights[0] must lie in [0, 1e30], received -1',
      () => marginMseValueAndGradients([1], [1], { weights: [-1] }),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});
