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
import { lossBackends, useBackend } from '../support/backends.js';
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

describe.each(lossBackends())('cachedGradients on %s', (backend) => {
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

  it('replays dropout: one mask a chunk, in both passes, and another one in the next call', async () => {
    const weights = tf.variable(tf.tensor2d(random(5, 3)));
    kept.push(weights);
    // WebGPU reads nothing at once: the masks are kept and read afterwards.
    const masks: tf.Tensor[] = [];
    const encode = (rows: number[][], from: number, to: number) => {
      const x = tf.matMul(tf.tensor2d(rows.slice(from, to), [to - from, 5]), weights as tf.Tensor2D);
      const dropped = tf.dropout(x, 0.5) as tf.Tensor2D;
      masks.push(tf.keep(dropped.clone()));
      return dropped;
    };
    const lossOf = ({ queries, documents }: Sides) => infoNceLoss(queries, documents, { temperature: 0.5 });
    const options = { chunkSize: 4, variables: [weights] };
    const run = (more: object) => cachedGradients(encode, batch, lossOf, { ...options, ...more });
    const native = Math.random;
    const first = run({ seed: 1 });
    expect(Math.random).toBe(native);
    // Queries in two chunks, documents in three, each twice.
    expect(masks.length).toBe(10);
    const read = await Promise.all(masks.map((mask) => mask.data()));
    for (let i = 0; i < 5; i++) expect(read[i + 5]).toEqual(read[i]);
    const again = run({ seed: 1 });
    expect(await again.value.data()).toEqual(await first.value.data());
    const others = [run({}), run({})];
    expect((await others[0]!.value.data())[0]).not.toBe((await others[1]!.value.data())[0]);
    tf.dispose([first, again, ...others].flatMap(({ value, grads }) => [value, ...Object.values(grads)]));
    tf.dispose(masks);
  });

  it('replays the dropout of a model of tf.layers', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [5] }), tf.layers.dropout({ rate: 0.5 })],
    });
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const outputs: tf.Tensor[] = [];
    const { value, grads } = cachedGradients(
      (rows, from, to) => {
        const out = model.apply(tf.tensor2d(rows.slice(from, to), [to - from, 5]), {
          training: true,
        }) as tf.Tensor2D;
        outputs.push(tf.keep(out.clone()));
        return out;
      },
      batch,
      ({ queries, documents }) => infoNceLoss(queries, documents),
      { chunkSize: 5, variables },
    );
    const read = await Promise.all(outputs.map((output) => output.data()));
    const zeros = read.map((values) => Array.from(values, (x) => (x === 0 ? '0' : '1')).join(''));
    expect(zeros.slice(4)).toEqual(zeros.slice(0, 4));
    expect(zeros.join('')).toMatch(/0.*1|1.*0/);
    tf.dispose([value, grads]);
    tf.dispose(outputs);
    model.dispose();
  });

  it('replays the numbers of its last argument', () => {
    const weights = tf.variable(tf.eye(5));
    kept.push(weights);
    const drawn: string[] = [];
    const { value, grads } = cachedGradients(
      (rows, from, to, side, next) => {
        const scale = 1 + next();
        drawn.push(`${side} ${from}: ${scale}`);
        return tf.mul(tf.matMul(tf.tensor2d(rows.slice(from, to)), weights as tf.Tensor2D), scale);
      },
      batch,
      ({ queries, documents }) => infoNceLoss(queries, documents),
      { chunkSize: 5, variables: [weights] },
    );
    expect(drawn.length).toBe(8);
    expect(new Set(drawn).size).toBe(4);
    tf.dispose([value, grads]);
  });

  it.skipIf(backend === 'webgpu')('tells an encoder that gives other rows the second time', () => {
    const weights = tf.variable(tf.eye(5));
    kept.push(weights);
    let calls = 0;
    const encode = (rows: number[][], from: number, to: number) => {
      calls++;
      const x = tf.matMul(tf.tensor2d(rows.slice(from, to)), weights as tf.Tensor2D) as tf.Tensor2D;
      return calls === 6 ? (tf.mul(x, 1.5) as tf.Tensor2D) : x;
    };
    const lossOf = ({ queries, documents }: Sides) => infoNceLoss(queries, documents);
    const before = tf.memory().numTensors;
    // Calls 1 to 4 are the first pass, the sixth is the second chunk of queries again.
    expect(() => cachedGradients(encode, batch, lossOf, { chunkSize: 5, variables: [weights] })).toThrow(
      /^encode must give a chunk the same rows both times, received rows of queries \[5, 7\) that differ by up to/,
    );
    expect(tf.memory().numTensors).toBe(before);
    calls = 0;
    const { value, grads } = cachedGradients(encode, batch, lossOf, {
      chunkSize: 5,
      variables: [weights],
      checkReplay: false,
    });
    tf.dispose([value, grads]);
  });

  it('makes chunks by their tokens: rows times the longest', async () => {
    const weights = tf.variable(tf.eye(5));
    kept.push(weights);
    const lengths = { queries: [2, 2, 2, 8, 1, 1, 20], documents: [1, 1, 1, 1, 1, 1, 1, 1, 1] };
    const chunks: string[] = [];
    const encode = (rows: number[][], from: number, to: number, side: string) => {
      chunks.push(`${side} ${from}-${to}`);
      return tf.matMul(tf.tensor2d(rows.slice(from, to)), weights as tf.Tensor2D) as tf.Tensor2D;
    };
    const lossOf = ({ queries, documents }: Sides) => infoNceLoss(queries, documents);
    const limited = cachedGradients(encode, batch, lossOf, {
      tokenBudget: 8,
      chunkSize: 7,
      lengths,
      variables: [weights],
    });
    // 20 tokens exceed the budget by themselves, and are encoded alone.
    expect(chunks.slice(0, 6)).toEqual([
      'queries 0-3',
      'queries 3-4',
      'queries 4-6',
      'queries 6-7',
      'documents 0-7',
      'documents 7-9',
    ]);
    const plain = cachedGradients(encode, batch, lossOf, { chunkSize: 50, variables: [weights] });
    expect(
      worstDifference(await limited.grads[weights.name]!.data(), await plain.grads[weights.name]!.data()),
    ).toBeLessThan(1e-5);
    tf.dispose([limited.value, limited.grads, plain.value, plain.grads]);
  });

  it('refuses an encoder that returns the wrong number of rows, leaving no tensor behind', () => {
    const idle = tf.variable(tf.scalar(1));
    kept.push(idle);
    const before = tf.memory().numTensors;
    expect(() =>
      cachedGradients(
        () => tf.zeros([1, 2]),
        { queries: [1, 2, 3] },
        ({ queries }) => tf.sum(queries),
        { chunkSize: 2, variables: [idle] },
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
