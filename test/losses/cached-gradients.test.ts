import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cachedGradients,
  cosentEmbeddingLoss,
  infoNceLoss,
  learnableTemperature,
  listNetLoss,
  matryoshkaLoss,
  oasisLoss,
  pairwiseCosine,
} from '../../src/losses/index.js';
import { testBackends, useBackend } from '../support/backends.js';
import { worstDifference } from '../support/evaluate.js';

type Sides = { queries: tf.Tensor2D; documents: tf.Tensor2D };
const random = (rows: number, seed: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: 5 }, (_, j) => Math.sin(seed + i * 7.1 + j * 3.3)),
  );
const batch = { queries: random(7, 1), documents: random(9, 2) };
const labels = batch.queries.map((_, i) => (i * 3) % 5);
const first = (documents: tf.Tensor2D) => tf.slice2d(documents, [0, 0], [7, -1]);

const lossesOf: Record<string, (sides: Sides, temperature: tf.Scalar) => tf.Scalar> = {
  InfoNCE: ({ queries, documents }, temperature) =>
    infoNceLoss(queries, documents, { temperature, directions: 'all', hardnessWeighting: 1 }),
  CoSENT: ({ queries, documents }, temperature) =>
    cosentEmbeddingLoss(queries, first(documents), labels, { temperature }),
  OASIS: ({ queries, documents }, temperature) =>
    oasisLoss(
      queries,
      documents,
      {
        query: [0, 1, 1, 2],
        document: [0, 1, 8, 2],
        similarity: [0.9, 0.7, 0.2, 0.8],
        positive: [1, 1, 0, 1],
      },
      { temperature },
    ).loss,
  ListNet: ({ queries, documents }, temperature) =>
    listNetLoss(pairwiseCosine(queries, first(documents)), labels, { temperature }),
  Matryoshka: ({ queries, documents }, temperature) =>
    matryoshkaLoss((q, d) => infoNceLoss(q!, d!, { temperature }), [queries, documents], {
      dimensions: [4, 2],
    }),
};

describe.each(testBackends())('cachedGradients on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const kept: tf.Variable[] = [];
  afterEach(() => tf.dispose(kept.splice(0)));

  it.each(Object.keys(lossesOf))(
    'equals the plain gradient for %s, whatever the chunk size',
    async (name) => {
      const initial = random(5, 3).map((row) => row.slice(0, 4));
      const weights = tf.variable(tf.tensor2d(initial));
      const temperature = learnableTemperature({ initial: 0.2 });
      const variables = [weights, temperature.variable] as tf.Variable[];
      kept.push(...variables);
      const encode = (rows: number[][], from: number, to: number) =>
        tf.tanh(
          tf.matMul(tf.tensor2d(rows.slice(from, to), [to - from, 5]), weights as tf.Tensor2D),
        ) as tf.Tensor2D;
      const lossOf = (sides: Sides) => lossesOf[name]!(sides, temperature.value());
      const plain = tf.variableGrads(
        () => lossOf({ queries: encode(batch.queries, 0, 7), documents: encode(batch.documents, 0, 9) }),
        variables,
      );
      for (const chunkSize of [1, 2, 3, 9, 50]) {
        const before = tf.memory().numTensors;
        const cached = cachedGradients(encode, batch, lossOf, { chunkSize, variables });
        expect(tf.memory().numTensors - before).toBe(3);
        expect((await cached.value.data())[0]).toBeCloseTo((await plain.value.data())[0]!, 5);
        for (const { name: variable } of variables) {
          const expected = await plain.grads[variable]!.data();
          expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
          expect(worstDifference(await cached.grads[variable]!.data(), expected)).toBeLessThan(1e-5);
        }
        tf.dispose([cached.value, cached.grads]);
      }
      tf.dispose([plain.value, plain.grads]);
    },
  );

  it('leaves out variables that nothing depends on', () => {
    const [used, idle] = [tf.variable(tf.eye(5)), tf.variable(tf.scalar(1))];
    kept.push(used, idle);
    const { value, grads } = cachedGradients(
      (rows, from, to) => tf.matMul(tf.tensor2d(rows.slice(from, to)), used as tf.Tensor2D),
      batch,
      ({ queries, documents }) => infoNceLoss(queries, documents),
      { chunkSize: 4, variables: [used, idle] },
    );
    expect(Object.keys(grads)).toEqual([used.name]);
    tf.dispose([value, grads]);
  });

  it('refuses an encoder that returns the wrong number of rows, leaving no tensor behind', () => {
    const before = tf.memory().numTensors;
    expect(() =>
      cachedGradients(
        () => tf.zeros([1, 2]),
        { queries: [1, 2, 3] },
        ({ queries }) => tf.sum(queries),
        { chunkSize: 2, variables: [] },
      ),
    ).toThrow('encode must return 2 rows for queries, received shape [1, 2]');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('cachedGradients', () => {
  beforeAll(() => useBackend('cpu'));

  it('holds one chunk of activations at a time', () => {
    const weights = tf.variable(tf.randomNormal([16, 16], 0, 0.3, 'float32', 5));
    const rows = Array.from({ length: 256 }, (_, i) => i);
    const deep = (input: readonly number[], from: number, to: number): tf.Tensor2D => {
      let x = tf.tensor2d(
        input.slice(from, to).flatMap((i) => Array.from({ length: 16 }, (_, j) => Math.sin(i * 16 + j))),
        [to - from, 16],
      );
      for (let layer = 0; layer < 30; layer++)
        x = tf.tanh(tf.matMul(x, weights as tf.Tensor2D)) as tf.Tensor2D;
      return x;
    };
    let peak = 0;
    const watch = <T>(value: T): T => {
      peak = Math.max(peak, tf.memory().numBytes);
      return value;
    };
    const loss = (x: tf.Tensor2D) => infoNceLoss(x, x);
    const chunk = 256 / 16;
    const measure = (run: () => { value: tf.Tensor; grads: tf.NamedTensorMap }) => {
      peak = 0;
      const before = tf.memory().numBytes;
      const { value, grads } = run();
      tf.dispose([value, grads]);
      return peak - before;
    };
    const whole = measure(() => tf.variableGrads(() => loss(watch(deep(rows, 0, 256))), [weights]));
    const cached = measure(() =>
      cachedGradients(
        (input, from, to) => watch(deep(input, from, to)),
        { rows },
        (sides) => loss(watch(sides.rows as tf.Tensor2D)),
        {
          chunkSize: chunk,
          variables: [weights],
        },
      ),
    );
    // 30 layers of 256 rows against 30 layers of 16 rows and the 256 embeddings with their gradient.
    expect(cached).toBeLessThan(whole / 6);
    weights.dispose();
  });
});
