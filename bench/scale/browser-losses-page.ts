/** The page of browser-losses.ts: each loss beside its P × P form, in turn, on one backend. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { cosentLoss, infoNceLoss } from '../../src/losses/index.js';
import { pairwiseCosent, plainInfoNce } from '../peers/losses-rivals.js';

export type Loss = 'cosent' | 'infoNce';

/** Milliseconds a run, of each round. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly rival: readonly number[];
  /** Both values, which must agree. */
  readonly values: readonly [number, number];
}

const DIMENSIONS = 384;

const draw = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(step * (i + 1)));

const contenders = (loss: Loss, size: number) => {
  if (loss === 'cosent') {
    const labels = draw(size, 0.37);
    const onDevice = tf.tensor1d(labels);
    return {
      inputs: [tf.tensor1d(draw(size, 0.73))],
      ours: (scores: tf.Tensor) => cosentLoss(scores as tf.Tensor1D, labels),
      rival: (scores: tf.Tensor) => pairwiseCosent(scores as tf.Tensor1D, onDevice),
    };
  }
  const rows = (step: number) => tf.tensor2d(draw(size * DIMENSIONS, step), [size, DIMENSIONS]);
  return {
    inputs: [rows(0.31), rows(0.57)],
    ours: (q: tf.Tensor, d: tf.Tensor) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D),
    rival: (q: tf.Tensor, d: tf.Tensor) => plainInfoNce(q as tf.Tensor2D, d as tf.Tensor2D),
  };
};

/** Value and gradient, read back, since backends put off their work. */
const run = async (
  loss: (...inputs: tf.Tensor[]) => tf.Scalar,
  inputs: readonly tf.Tensor[],
): Promise<number> => {
  const { value, grads } = tf.valueAndGrads(loss)([...inputs]);
  const [found] = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
  tf.dispose([value, ...grads]);
  return found![0]!;
};

const measure = async (loss: Loss, size: number, rounds: number): Promise<Rounds> => {
  const { inputs, ...forms } = contenders(loss, size);
  const time = async (form: 'ours' | 'rival'): Promise<number> => {
    const from = performance.now();
    await run(forms[form] as (...inputs: tf.Tensor[]) => tf.Scalar, inputs);
    return performance.now() - from;
  };
  // The first run compiles.
  const values = [await run(forms.ours as never, inputs), await run(forms.rival as never, inputs)] as const;
  const [ours, rival]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await time('ours'));
    rival.push(await time('rival'));
  }
  tf.dispose([...inputs]);
  return { ours, rival, values };
};

const open = async (backend: string): Promise<void> => {
  setWasmPaths('/wasm/');
  if (!(await tf.setBackend(backend))) throw new Error(`the browser gives no ${backend}`);
  await tf.ready();
};

const api = { open, measure };

/** What the script calls in the page. */
export type PageApi = typeof api;

Object.assign(globalThis, api);
