import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamWStep, hostAdamW } from '../../src/numerics/index.js';
import { adamWOptimizer, createAdamW } from '../../src/training/index.js';
import { hostSumOfSquares } from '../../src/training/updates-on-host.js';
import { testBackends, useBackend } from '../support/backends.js';

/** The algorithm as the paper prints it, in float64. */
const reference = (start: number[], gradients: number[][], rate: number, decay: number) => {
  const w = [...start];
  const m = w.map(() => 0);
  const v = w.map(() => 0);
  gradients.forEach((gradient, i) => {
    gradient.forEach((g, j) => {
      m[j] = 0.9 * m[j]! + 0.1 * g;
      v[j] = 0.999 * v[j]! + 0.001 * g * g;
      const mean = m[j]! / (1 - 0.9 ** (i + 1));
      const variance = v[j]! / (1 - 0.999 ** (i + 1));
      w[j] = w[j]! - rate * (mean / (Math.sqrt(variance) + 1e-8) + decay * w[j]!);
    });
  });
  return w;
};

const start = [1, -2, 3, 0.5];
const gradients = Array.from({ length: 7 }, (_, i) => start.map((_, j) => Math.sin(i * 4 + j)));

describe.each(testBackends())('createAdamW on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    [[2, 2], 0.1],
    [[4], 0],
  ])('follows the printed algorithm on shape %j, with decay only from rank 2', async (shape, decay) => {
    const variable = tf.variable(tf.tensor(start, shape));
    const optimizer = createAdamW([variable], { weightDecay: 0.1 });
    gradients.forEach((gradient, i) => {
      const tensor = tf.tensor(gradient, shape);
      optimizer.update([tensor], 0.05, i + 1, 1);
      tensor.dispose();
    });
    const expected = reference(start, gradients, 0.05, decay);
    (await variable.data()).forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 5);
    });
    optimizer.dispose();
    variable.dispose();
  });

  // With a constant gradient g the step is η·g / (|g| + ε): gradients of the size of ε show which ε it is.
  it.each([
    ['1e-8 by default', {}, 1e-8],
    ['the one given', { epsilon: 1e-3 }, 1e-3],
  ])('adds ε outside of the root: %s', async (_, options, epsilon) => {
    const sizes = [1, 3, -10].map((times) => times * epsilon);
    const variable = tf.variable(tf.zeros([3]));
    const optimizer = createAdamW([variable], options);
    const gradient = tf.tensor1d(sizes);
    for (let step = 1; step <= 4; step++) optimizer.update([gradient], 0.05, step, 1);
    (await variable.data()).forEach((value, j) => {
      // 1 / 2, 3 / 4 and 10 / 11 of four whole steps.
      expect(value / ((-4 * 0.05 * sizes[j]!) / (Math.abs(sizes[j]!) + epsilon))).toBeCloseTo(1, 4);
    });
    optimizer.dispose();
    tf.dispose([variable, gradient]);
  });

  it('scales gradients as if they had been scaled before', async () => {
    const run = async (scale: number) => {
      const variable = tf.variable(tf.tensor1d(start));
      const optimizer = createAdamW([variable]);
      gradients.forEach((gradient, i) => {
        const tensor = tf.tensor1d(gradient.map((g) => g / (scale * 4)));
        optimizer.update([tensor], 0.05, i + 1, scale);
        tensor.dispose();
      });
      const values = Array.from(await variable.data());
      optimizer.dispose();
      variable.dispose();
      return values;
    };
    const results = [await run(0.25), await run(1)];
    results[0]!.forEach((value, j) => {
      expect(value).toBeCloseTo(results[1]![j]!, 6);
    });
  });

  it('goes on from a stored state as if it had never stopped', async () => {
    const run = async (stops: boolean) => {
      const variables = [[4], [2, 2]].map((shape) => tf.tidy(() => tf.variable(tf.tensor(start, shape))));
      let optimizer = createAdamW(variables);
      for (const [i, gradient] of gradients.entries()) {
        if (stops && i === 3) {
          const state = await optimizer.state();
          optimizer.dispose();
          optimizer = createAdamW(variables);
          optimizer.restore(state);
        }
        const tensors = variables.map(({ shape }) => tf.tensor(gradient, shape));
        optimizer.update(tensors, 0.05, i + 1, 1);
        tf.dispose(tensors);
      }
      const values: number[][] = [];
      for (const variable of variables) values.push(Array.from(await variable.data()));
      optimizer.dispose();
      tf.dispose(variables);
      return values;
    };
    const before = tf.memory().numTensors;
    expect(await run(true)).toEqual(await run(false));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses settings that no step could be taken with', () => {
    const variable = tf.variable(tf.tensor1d(start));
    const refused: [object, string][] = [
      [{ beta1: 2 }, 'beta1 must lie in [0, 1), received 2'],
      [{ beta2: Number.NaN }, 'beta2 must lie in [0, 1), received NaN'],
      [{ epsilon: 0 }, 'epsilon must be finite and above 0, received 0'],
      [{ weightDecay: -1 }, 'weightDecay must be finite and at least 0, received -1'],
    ];
    for (const [options, message] of refused) {
      expect(() => createAdamW([variable], options)).toThrow(message);
      expect(() => adamWOptimizer(0.1, options)).toThrow(message);
    }
    expect(() => createAdamW([undefined as unknown as tf.Variable])).toThrow(
      'variables[0] must be a tf.Variable, received undefined',
    );
    expect(() => createAdamW(null as unknown as tf.Variable[])).toThrow(
      'variables must be an array of variables, received null',
    );
    expect(() => createAdamW([])).toThrow('variables must hold at least one variable, received none');
    expect(() => createAdamW([variable, variable])).toThrow(
      `variables must differ from one another, received ${variable.name} twice`,
    );
    const gone = tf.variable(tf.tensor1d(start));
    gone.dispose();
    expect(() => createAdamW([gone])).toThrow(
      'variables[0] must be a tf.Variable, received a disposed variable of shape [4]',
    );
    const optimizer = adamWOptimizer(0.1);
    const other = tf.tensor1d([1]);
    expect(() => optimizer.applyGradients(null as unknown as tf.NamedTensorMap)).toThrow(
      'gradients must be tensors by name, received null',
    );
    expect(() => optimizer.applyGradients({ [variable.name]: other })).toThrow(
      `gradients of ${variable.name} must have shape [4], received [1]`,
    );
    optimizer.dispose();
    other.dispose();
    expect(() => adamWOptimizer(-1)).toThrow('learningRate must be finite and at least 0, received -1');
    variable.dispose();
  });

  it('refuses a step that it cannot take, and changes nothing', async () => {
    const variable = tf.variable(tf.tensor1d(start), true, 'scope/refusing');
    const optimizer = createAdamW([variable]);
    const [gradient, other] = [tf.tensor1d(start), tf.tensor1d([1])];
    const step =
      (gradients: unknown[], rate = 0.1, number = 1, scale = 1) =>
      () =>
        optimizer.update(gradients as tf.Tensor[], rate, number, scale);
    expect(step([gradient], 0.1, 0)).toThrow('step must be a whole number of at least 1, received 0');
    expect(step([gradient], -0.1)).toThrow('learningRate must be finite and at least 0, received -0.1');
    expect(step([gradient], 0.1, 1, Number.NaN)).toThrow(
      'gradientScale must be finite and at least 0, received NaN',
    );
    expect(step([])).toThrow('gradients must be one for each of 1 variables, received 0');
    expect(step([undefined])).toThrow(
      'gradients[0] must be a tensor of shape [4] as scope/refusing, received undefined',
    );
    expect(step([other])).toThrow(
      'gradients[0] must be a tensor of shape [4] as scope/refusing, received shape [1]',
    );
    expect(Array.from(await variable.data())).toEqual(start);
    optimizer.dispose();
    tf.dispose([variable, gradient, other]);
  });

  it('keeps the moments of layers apart whose variables have the same name', async () => {
    const build = () =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones' }),
          tf.layers.dense({ units: 2, kernelInitializer: 'ones' }),
        ],
      });
    const variablesOf = (model: tf.Sequential) =>
      model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const model = build();
    const variables = variablesOf(model);
    const optimizer = createAdamW(variables);
    const steps = (target: ReturnType<typeof createAdamW>, from: number, of: readonly tf.Variable[]) => {
      const tensors = of.map(({ shape }, i) => tf.fill(shape, i + from));
      target.update(tensors, 0.1, from, 1);
      tf.dispose(tensors);
    };
    steps(optimizer, 1, variables);
    const state = await optimizer.state();
    expect(state.size).toBe(8);
    expect([...state.keys()].filter((name) => name.startsWith('first/'))).toEqual([
      'first/0/kernel',
      'first/0/bias',
      'first/1/kernel',
      'first/1/bias',
    ]);
    expect([...state.values()].map(({ data }) => data[0]!.toFixed(3))[4]).toBe('0.300');
    optimizer.restore(state);
    // The same model once more: its layers have other numbers.
    const again = build();
    const others = variablesOf(again);
    others.forEach((variable, i) => {
      variable.assign(variables[i]!);
    });
    const next = createAdamW(others);
    next.restore(state);
    steps(optimizer, 2, variables);
    steps(next, 2, others);
    for (const [i, variable] of variables.entries()) {
      expect(await others[i]!.data()).toEqual(await variable.data());
    }
    optimizer.dispose();
    next.dispose();
    model.dispose();
    again.dispose();
  });

  it('refuses a stored state of another shape', () => {
    const variable = tf.variable(tf.tensor1d(start), true, 'scope/weights');
    const optimizer = createAdamW([variable]);
    expect(() => optimizer.restore(new Map())).toThrow(
      'optimizer state first/weights must have shape [4], received none',
    );
    optimizer.dispose();
    variable.dispose();
  });
});

describe.each(testBackends().filter((name) => name !== 'webgpu'))('adamWOptimizer on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('minimizes by the printed algorithm', async () => {
    const target = [0.5, 1, -1, 2];
    const variable = tf.variable(tf.tensor2d(start, [2, 2]));
    const optimizer = adamWOptimizer(0.05, { weightDecay: 0.1 });
    let expected = [...start];
    const seen: number[][] = [];
    for (let step = 0; step < 6; step++) {
      seen.push(expected.map((w, j) => 2 * (w - target[j]!)));
      expected = reference(start, seen, 0.05, 0.1);
      optimizer.minimize(
        () => tf.sum(tf.square(tf.sub(variable, tf.tensor2d(target, [2, 2])))) as tf.Scalar,
        false,
        [variable],
      );
    }
    (await variable.data()).forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 4);
    });
    expect(optimizer.iterations).toBe(6);
    expect(optimizer).toBeInstanceOf(tf.Optimizer);
    optimizer.dispose();
    variable.dispose();
  });

  it('leaves variables without a gradient as they are, and takes in new ones', async () => {
    const before = tf.memory().numTensors;
    const [a, b, c] = [[1], [2], [3]].map((values) => tf.tidy(() => tf.variable(tf.tensor1d(values)))) as [
      tf.Variable,
      tf.Variable,
      tf.Variable,
    ];
    const optimizer = adamWOptimizer(0.1);
    const step = (of: readonly tf.Variable[]) =>
      tf.tidy(() => optimizer.applyGradients(Object.fromEntries(of.map(({ name }) => [name, tf.ones([1])]))));
    step([a, b]);
    step([b]);
    step([a, b, c]);
    const values = await Promise.all([a, b, c].map(async (variable) => (await variable.data())[0]!));
    // A constant gradient of 1 moves by η while moments and count agree.
    expect(values[1]).toBeCloseTo(2 - 0.3, 4);
    expect(values[0]! < 1 - 0.15 && values[0]! > 1 - 0.21).toBe(true);
    expect(values[2]! < 3).toBe(true);
    optimizer.learningRate = 0;
    step([a, b, c]);
    expect((await b.data())[0]).toBe(values[1]);
    expect(() => tf.tidy(() => optimizer.applyGradients({ nobody: tf.ones([1]) }))).toThrow(
      'gradients must name variables that exist, received nobody',
    );
    optimizer.dispose();
    tf.dispose([a, b, c]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('compiles into a model, and goes on from its stored weights as if it had never stopped', async () => {
    const [x, y] = [
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
      tf.tensor2d([[1], [2], [3]]),
    ];
    const run = async (stops: boolean) => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'ones', activation: 'tanh' }),
          tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
        ],
      });
      let optimizer = adamWOptimizer(0.05);
      const train = async (epochs: number) => {
        model.compile({ optimizer, loss: 'meanSquaredError' });
        await model.fit(x, y, { epochs, batchSize: 3, shuffle: false, verbose: 0 });
      };
      await train(3);
      if (stops) {
        const weights = await optimizer.getWeights();
        expect(weights.length).toBe(1 + 2 * 4);
        expect(weights[1]!.name).toMatch(/\/m$/);
        const config = optimizer.getConfig();
        optimizer.dispose();
        optimizer = adamWOptimizer(config.learningRate as number);
        await optimizer.setWeights(weights);
        tf.dispose(weights.map(({ tensor }) => tensor));
      }
      await train(3);
      const values = await Promise.all(
        model.getWeights().map(async (weight) => Array.from(await weight.data())),
      );
      expect(optimizer.iterations).toBe(6);
      optimizer.dispose();
      model.dispose();
      return values;
    };
    expect(await run(true)).toEqual(await run(false));
    tf.dispose([x, y]);
  });
});

describe('hostAdamW', () => {
  const stepOf = (i: number) =>
    adamWStep({
      learningRate: 0.05,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.1,
      step: i + 1,
      gradientScale: 0.5,
    });
  const doubled = gradients.map((gradient) => Float32Array.from(gradient, (g) => 2 * g));

  it('follows the printed algorithm, in place', () => {
    const [weights, first, second] = [Float32Array.from(start), new Float32Array(4), new Float32Array(4)];
    doubled.forEach((gradient, i) => {
      hostAdamW(weights, gradient, first, second, stepOf(i));
    });
    const expected = reference(start, gradients, 0.05, 0.1);
    weights.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j]!, 5);
    });
  });

  it('leaves the weights as they are where the new ones go elsewhere, moments in place', () => {
    const moments = () => [new Float32Array(4), new Float32Array(4)] as const;
    const [own, others] = [moments(), moments()];
    const inPlace = Float32Array.from(start);
    let weights = Float32Array.from(start);
    doubled.forEach((gradient, i) => {
      const [before, next] = [weights.slice(), new Float32Array(4)];
      hostAdamW(weights, gradient, ...own, stepOf(i), next);
      expect(weights).toEqual(before);
      hostAdamW(inPlace, gradient, ...others, stepOf(i));
      expect(next).toEqual(inPlace);
      weights = next;
    });
    expect(own).toEqual(others);
  });

  it('sums squares', async () => {
    await useBackend('cpu');
    const tensor = tf.tensor2d([
      [1, -2],
      [3, 0.5],
    ]);
    expect(hostSumOfSquares(tensor)).toBe(1 + 4 + 9 + 0.25);
    tensor.dispose();
  });
});
