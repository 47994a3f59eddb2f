import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleBatch, batchesPerEpoch, epochOrder, indexPairs } from '../../src/training/batches.js';
import { learningRateAt, type OasisDataset } from '../../src/training/index.js';

const datasets = fc
  .record({ queries: fc.integer({ min: 1, max: 12 }), documents: fc.integer({ min: 1, max: 12 }) })
  .chain(({ queries, documents }) =>
    fc
      .uniqueArray(fc.tuple(fc.nat(queries - 1), fc.nat(documents - 1), fc.boolean()), {
        minLength: 1,
        selector: ([q, d]) => q * documents + d,
      })
      .map(
        (rows): OasisDataset => ({
          queries: Array.from({ length: queries }, (_, i) => `q${i}`),
          documents: Array.from({ length: documents }, (_, i) => `d${i}`),
          pairs: {
            query: Uint32Array.from(rows, ([q]) => q),
            document: Uint32Array.from(rows, ([, d]) => d),
            similarity: Float32Array.from(rows, (_, i) => i / rows.length),
            positive: Uint8Array.from(rows, ([, , positive]) => (positive ? 1 : 0)),
          },
        }),
      ),
  );

const epochBatches = (
  dataset: OasisDataset,
  batchQueries: number,
  negativesPerQuery: number,
  epoch = 0,
  positivesPerQuery = 64,
) => {
  const options = { batchQueries, positivesPerQuery, negativesPerQuery, seed: 1 };
  const index = indexPairs(dataset);
  const order = epochOrder(index, 1, epoch);
  return Array.from({ length: batchesPerEpoch(index, batchQueries) }, (_, batch) =>
    assembleBatch(dataset, index, order, { epoch, batch }, options),
  );
};

/** A query with forty documents. */
const oneQuery = (isPositive: (document: number) => boolean): OasisDataset => ({
  queries: ['q'],
  documents: Array.from({ length: 40 }, (_, i) => `d${i}`),
  pairs: {
    query: new Uint32Array(40),
    document: Uint32Array.from({ length: 40 }, (_, i) => i),
    similarity: new Float32Array(40),
    positive: Uint8Array.from({ length: 40 }, (_, i) => (isPositive(i) ? 1 : 0)),
  },
});

describe('batches', () => {
  it('hold every query that has a positive once an epoch, and no other', () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 1, max: 5 }), (dataset, size) => {
        const seen = epochBatches(dataset, size, 2).flatMap(({ queries }) => [...queries]);
        const { query, positive } = dataset.pairs;
        const wanted = new Set(Array.from(query).filter((_, p) => positive[p] === 1));
        expect(seen.sort((a, b) => a - b)).toEqual([...wanted].sort((a, b) => a - b));
      }),
    );
  });

  it('list exactly the pairs of the dataset among their texts, so no positive passes for a negative', () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 1, max: 5 }), fc.nat(3), (dataset, size, negatives) => {
        const { pairs } = dataset;
        for (const batch of epochBatches(dataset, size, negatives)) {
          const inside = (p: number) =>
            batch.queries.includes(pairs.query[p]!) && batch.documents.includes(pairs.document[p]!);
          const expected = [...Array.from(pairs.query).keys()]
            .filter(inside)
            .map((p) => [pairs.query[p], pairs.document[p], pairs.similarity[p], pairs.positive[p]].join())
            .sort();
          const listed = [...Array.from(batch.pairs.query).keys()]
            .map((i) =>
              [
                batch.queries[batch.pairs.query[i]!],
                batch.documents[batch.pairs.document[i]!],
                batch.pairs.similarity[i],
                batch.pairs.positive[i],
              ].join(),
            )
            .sort();
          expect(listed).toEqual(expected);
          expect(new Set(batch.documents).size).toBe(batch.documents.length);
        }
      }),
    );
  });

  it('bring all positives of their queries and at most the asked number of negatives each', () => {
    fc.assert(
      fc.property(datasets, fc.nat(3), (dataset, negatives) => {
        const { pairs } = dataset;
        for (const batch of epochBatches(dataset, 1, negatives)) {
          const own = [...Array.from(pairs.query).keys()].filter((p) => pairs.query[p] === batch.queries[0]);
          const positives = own.filter((p) => pairs.positive[p] === 1).map((p) => pairs.document[p]);
          for (const document of positives) expect([...batch.documents]).toContain(document);
          const others = own.length - positives.length;
          expect(batch.documents.length).toBe(positives.length + Math.min(others, negatives));
        }
      }),
    );
  });

  it('bring at most the asked number of positives, others in other epochs', () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 1, max: 4 }), (dataset, most) => {
        const { pairs } = dataset;
        for (const batch of epochBatches(dataset, 1, 0, 0, most)) {
          const own = [...Array.from(pairs.query).keys()].filter((p) => pairs.query[p] === batch.queries[0]);
          const positives = own.filter((p) => pairs.positive[p] === 1).map((p) => pairs.document[p]!);
          expect(batch.documents.length).toBe(Math.min(positives.length, most));
          for (const document of batch.documents) expect(positives).toContain(document);
        }
      }),
    );
    const dataset = oneQuery(() => true);
    const drawn = (epoch: number) => [...epochBatches(dataset, 1, 5, epoch, 5)[0]!.documents];
    expect(drawn(0)).toEqual(drawn(0));
    expect(drawn(0)).not.toEqual(drawn(1));
  });

  it('draw other negatives in other epochs, the same ones for the same epoch', () => {
    const dataset = oneQuery((i) => i === 0);
    const drawn = (epoch: number) => [...epochBatches(dataset, 1, 5, epoch)[0]!.documents];
    expect(drawn(0)).toEqual(drawn(0));
    expect(drawn(0)).not.toEqual(drawn(1));
  });
});

describe('learningRateAt', () => {
  const schedule = { learningRate: 2, warmUpSteps: 4, totalSteps: 12 } as const;
  it('rises in a line, then holds, falls in a line, or falls in half a cosine', () => {
    const at = (shape: 'constant' | 'linear' | 'cosine') =>
      [0, 3, 4, 8, 12].map((step) => learningRateAt(step, { ...schedule, shape }));
    expect(at('constant')).toEqual([0.5, 2, 2, 2, 2]);
    expect(at('linear')).toEqual([0.5, 2, 2, 1, 0]);
    expect(at('cosine').map((rate) => Math.round(rate * 1e9) / 1e9)).toEqual([0.5, 2, 2, 1, 0]);
  });

  it('refuses what is no step and no schedule', () => {
    const refused: [number, object, string][] = [
      [-1, {}, 'step must be a whole number of at least 0, received -1'],
      [0, { warmUpSteps: 0.5 }, 'warmUpSteps must be a whole number of at least 0, received 0.5'],
      [0, { learningRate: -1 }, 'learningRate must be finite and at least 0, received -1'],
      [0, { shape: 'round' }, 'shape must be one of constant, linear, cosine, received round'],
    ];
    for (const [step, wrong, message] of refused) {
      expect(() => learningRateAt(step, { ...schedule, shape: 'linear', ...wrong })).toThrow(message);
    }
  });

  it('are the same for plain arrays and marks that are booleans', () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 1, max: 5 }), (dataset, size) => {
        const { query, document, similarity, positive } = dataset.pairs;
        const plain = {
          query: Array.from(query),
          document: Array.from(document),
          similarity: Array.from(similarity),
          positive: Array.from(positive, Boolean),
        };
        expect(epochBatches({ ...dataset, pairs: plain }, size, 2)).toEqual(epochBatches(dataset, size, 2));
      }),
    );
  });
});
