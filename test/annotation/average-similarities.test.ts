import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averageSimilarities,
  mergeTeacherMoments,
  teacherAgreement,
  teacherMoments,
} from '../../src/annotation/index.js';

const similarity = fc.double({ min: 0, max: 0.999, noNaN: true });
/** Two to three teachers of as many pairs, each of which tells pairs apart. */
const teachersOf = fc
  .integer({ min: 2, max: 3 })
  .chain((teachers) =>
    fc
      .array(fc.array(similarity, { minLength: teachers, maxLength: teachers }), {
        minLength: 3,
        maxLength: 40,
      })
      .map((pairs) => Array.from({ length: teachers }, (_, t) => pairs.map((pair) => pair[t]!))),
  )
  .filter((teachers) => teachers.every((one) => Math.max(...one) - Math.min(...one) > 0.01));

/** The textbook formula, pair by pair. */
const correlation = (a: readonly number[], b: readonly number[]): number => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number) => a.reduce((total, _, i) => total + f(i), 0);
  return (
    sum((i) => (a[i]! - ma) * (b[i]! - mb)) /
    Math.sqrt(sum((i) => (a[i]! - ma) ** 2) * sum((i) => (b[i]! - mb) ** 2))
  );
};

describe('averageSimilarities', () => {
  it('is the plain mean unless asked for a scale', () => {
    fc.assert(
      fc.property(teachersOf, (teachers) => {
        averageSimilarities(teachers).forEach((label, pair) => {
          const mean = teachers.reduce((sum, one) => sum + one[pair]!, 0) / teachers.length;
          expect(label).toBeCloseTo(mean, 5);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('by z-scores gives a teacher’s position and spread no say', () => {
    const [first, second] = [
      [0.2, 0.5, 0.3, 0.9],
      [0.6, 0.1, 0.8, 0.7],
    ];
    // The same second teacher at a third of its spread, elsewhere.
    const squeezed = second!.map((value) => 0.4 + value / 3);
    const order = (labels: Float32Array) => [...labels.keys()].sort((a, b) => labels[a]! - labels[b]!);
    const scaled = averageSimilarities([first!, squeezed], { scale: 'z-score' });
    expect(order(scaled)).toEqual(order(averageSimilarities([first!, second!], { scale: 'z-score' })));
    expect(order(scaled)).not.toEqual(order(averageSimilarities([first!, squeezed])));
  });

  it('by ranks reads each teacher’s order alone, and gives the distribution that is the mean of theirs', () => {
    const places = fc.uniqueArray(fc.integer({ min: 8, max: 63 }), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(places, (values) => {
        // Steps of 1/64 and their squares fall into bins of their own.
        const one = values.map((value) => value / 64);
        const warped = one.map((value) => value ** 2);
        const labels = averageSimilarities([one, warped], { scale: 'rank' });
        // Two teachers of one order: the pair of rank r gets the mean of both r-th similarities.
        labels.forEach((label, i) => {
          expect(Math.abs(label - (one[i]! + warped[i]!) / 2)).toBeLessThan(1 / 1024);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('takes the moments of the whole for a part of it: parts add up to the whole', () => {
    fc.assert(
      fc.property(teachersOf, fc.constantFrom('z-score', 'rank'), (teachers, scale) => {
        const moments = mergeTeacherMoments(
          [0, 1].map((half) => teacherMoments(teachers.map((one) => one.filter((_, i) => i % 2 === half)))),
        );
        const whole = averageSimilarities(teachers, { scale: scale as 'rank' });
        const even = averageSimilarities(
          teachers.map((one) => one.filter((_, i) => i % 2 === 0)),
          { scale: scale as 'rank', moments },
        );
        even.forEach((label, i) => {
          expect(label).toBeCloseTo(whole[2 * i]!, 5);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('refuses teachers without an order, of different lengths, and what is no similarity', () => {
    expect(() =>
      averageSimilarities([
        [0.1, 0.2],
        [0.5, 0.5],
      ]),
    ).toThrow(
      'a teacher must tell pairs apart: teacher 1 gave all 2 the similarity 0.5000, labels without an order',
    );
    expect(() => averageSimilarities([[0.1, 0.2], [0.5]])).toThrow(
      'teachers[1] must have shape [P] = [2] as teachers[0] has, received [1]',
    );
    expect(() => averageSimilarities([])).toThrow(/at least one list/);
    expect(() => averageSimilarities([[0.1, 1.2]])).toThrow('teachers[0][1] must be in [0, 1], received 1.2');
    expect(() => averageSimilarities([[0.1, 0.2]], { scale: 'ranks' as 'rank' })).toThrow(
      /scale must be one of/,
    );
  });
});

describe('teacherAgreement', () => {
  it('is the correlation of every two teachers', () => {
    fc.assert(
      fc.property(teachersOf, (teachers) => {
        const agreement = teacherAgreement(teacherMoments(teachers));
        teachers.forEach((a, t) => {
          teachers.forEach((b, u) => {
            expect(agreement[t]![u]).toBeCloseTo(t === u ? 1 : correlation(a, b), 6);
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});
