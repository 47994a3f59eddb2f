import * as tf from '@tensorflow/tfjs';

type Saved = readonly tf.Tensor[];
type Attributes = Readonly<Record<string, unknown>>;
type Gradients = Readonly<Record<string, () => tf.Tensor>>;

/** [inputs to save, outputs to save, gradients by input] */
type Rule = readonly [string[], boolean, (dy: tf.Tensor, saved: Saved, attributes: Attributes) => Gradients];

/** The gradient of a broadcast input: summed over the axes along which it was repeated. */
const reduced = (dy: tf.Tensor, { shape }: tf.Tensor): tf.Tensor => {
  const offset = dy.rank - shape.length;
  const axes = dy.shape.flatMap((size, i) =>
    i < offset || (shape[i - offset] === 1 && size > 1) ? [i] : [],
  );
  return tf.reshape(axes.length === 0 ? dy : tf.sum(dy, axes), shape);
};

const sizesAlong = (axis: number, tensors: Saved): number[] => tensors.map(({ shape }) => shape[axis]!);

const rules: Readonly<Record<string, Rule>> = {
  Add: [['a', 'b'], false, (dy, [a, b]) => ({ a: () => reduced(dy, a!), b: () => reduced(dy, b!) })],
  Sub: [['a', 'b'], false, (dy, [a, b]) => ({ a: () => reduced(dy, a!), b: () => reduced(tf.neg(dy), b!) })],
  Multiply: [
    ['a', 'b'],
    false,
    (dy, [a, b]) => ({ a: () => reduced(tf.mul(dy, b!), a!), b: () => reduced(tf.mul(dy, a!), b!) }),
  ],
  RealDiv: [
    ['a', 'b'],
    false,
    (dy, [a, b]) => ({
      a: () => reduced(tf.div(dy, b!), a!),
      b: () => reduced(tf.neg(tf.div(tf.mul(dy, a!), tf.square(b!))), b!),
    }),
  ],
  Neg: [[], false, (dy) => ({ x: () => tf.neg(dy) })],
  Abs: [['x'], false, (dy, [x]) => ({ x: () => tf.mul(dy, tf.sign(x!)) })],
  Exp: [[], true, (dy, [y]) => ({ x: () => tf.mul(dy, y!) })],
  Log: [['x'], false, (dy, [x]) => ({ x: () => tf.div(dy, x!) })],
  Square: [['x'], false, (dy, [x]) => ({ x: () => tf.mul(dy, tf.mul(x!, 2)) })],
  Reciprocal: [['x'], false, (dy, [x]) => ({ x: () => tf.div(dy, tf.neg(tf.square(x!))) })],
  Identity: [[], false, (dy) => ({ x: () => tf.clone(dy) })],
  Cast: [[], false, (dy) => ({ x: () => tf.clone(dy) })],
  Reshape: [['x'], false, (dy, [x]) => ({ x: () => tf.reshape(dy, x!.shape) })],
  Sum: [
    ['x'],
    false,
    (dy, [x], { axis }) => ({
      x: () => {
        const axes = axis === undefined ? x!.shape.map((_, i) => i) : [axis as number | number[]].flat();
        const summed = axes.map((one) => (one + x!.rank) % Math.max(1, x!.rank));
        const kept = x!.shape.map((size, i) => (summed.includes(i) ? 1 : size));
        return tf.mul(tf.reshape(dy, kept), tf.onesLike(x!));
      },
    }),
  ],
  Slice: [
    ['x'],
    false,
    (dy, [x], { begin }) => ({
      x: () =>
        tf.pad(
          dy,
          x!.shape.map((size, i): [number, number] => {
            const start = [begin as number | number[]].flat()[i] ?? 0;
            return [start, size - start - dy.shape[i]!];
          }),
        ),
    }),
  ],
  PadV2: [
    ['x'],
    false,
    (dy, [x], { paddings }) => ({
      x: () =>
        tf.slice(
          dy,
          (paddings as [number, number][]).map(([before]) => before),
          x!.shape,
        ),
    }),
  ],
};

/** Rules over a list of inputs or outputs, which the engine names by position. */
const listRules: Readonly<
  Record<string, (dy: tf.Tensor, saved: Saved, attributes: Attributes) => tf.Tensor[]>
> = {
  AddN: (dy, saved) => saved.map(() => tf.clone(dy)),
  Concat: (dy, saved, { axis }) => {
    const at = ((axis as number) + dy.rank) % dy.rank;
    return tf.split(dy, sizesAlong(at, saved), at);
  },
  Pack: (dy, _, { axis }) => tf.unstack(dy, axis as number),
};

let registered = false;

/**
 * Gives the operations of the losses their gradients where nothing else has: TensorFlow.js's core brings none, which is
 * all that is loaded beside a backend when a program does without `@tensorflow/tfjs`. Those of its own stay.
 */
export const provideGradients = (): void => {
  if (registered) return;
  registered = true;
  for (const [kernelName, [inputsToSave, outputs, gradient]] of Object.entries(rules)) {
    if (tf.getGradient(kernelName) != null) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave,
      outputsToSave: [outputs],
      gradFunc: (dy, saved, attributes) => gradient(dy as tf.Tensor, saved, attributes as Attributes),
    });
  }
  for (const [kernelName, gradient] of Object.entries(listRules)) {
    if (tf.getGradient(kernelName) != null) continue;
    tf.registerGradient({
      kernelName,
      saveAllInputs: true,
      gradFunc: (dy, saved, attributes) => {
        const parts = gradient(dy as tf.Tensor, saved, attributes as Attributes);
        return Object.fromEntries(parts.map((part, i) => [i, () => part]));
      },
    });
  }
  if (tf.getGradient('SplitV') == null) {
    tf.registerGradient({
      kernelName: 'SplitV',
      gradFunc: (dy, _, attributes) => ({
        x: () => tf.concat(dy as tf.Tensor[], (attributes as Attributes).axis as number),
      }),
    });
  }
};
