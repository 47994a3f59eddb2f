import * as tf from '@tensorflow/tfjs';
import { type DenseMemory, type DenseProduct, denseMemory, type OptionNames } from '../numerics/index.js';
import { customGradient } from '../numerics/tensors/index.js';
import type { Anchors } from './anchors.js';
import type { Temperature } from './checks.js';
import type { CosentSettings } from './cosent-options.js';
import { infoNceOnHost } from './host/info-nce-on-host.js';
import { orderedPairsOnHost } from './host/ordered-pairs.js';
import { pullsOf, weightedSum } from './host/pulls.js';
import type { ValueAndGradients } from './host/value-and-gradients.js';
import type { InfoNceSettings } from './info-nce-settings.js';

/** Whether losses may leave the tensors; switched off to compare both paths. */
export const hostPath = { enabled: true };

/** Backends whose tensors lie in memory that the host reads without waiting. */
const HOST_BACKENDS = ['cpu', 'wasm', 'tensorflow'];

/**
 * Whether a loss is computed on typed arrays: where reading a tensor waits for no device, and where no tape lies around
 * the one that is recorded. A gradient of a gradient needs the ops.
 */
const readsAtOnce = (): boolean =>
  hostPath.enabled &&
  HOST_BACKENDS.includes(tf.getBackend()) &&
  // tfjs-node-gpu has the name of tfjs-node.
  !(tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice &&
  tf.engine().state.gradientDepth <= 1;

/**
 * A scalar of tensors and a temperature that is computed on the host, gradient included where a tape is recorded; not one
 * kernel runs. Each gradient has the size of its tensor.
 */
const scalarOnHost = (
  tensors: readonly tf.Tensor[],
  temperature: Temperature,
  compute: (
    values: readonly Float32Array[],
    temperature: number,
    differentiate: boolean,
  ) => ValueAndGradients<readonly Float32Array[]>,
): tf.Scalar => {
  const inputs = [...tensors, ...tensorsOf(temperature)];
  return customGradient(inputs, () => {
    const values = inputs.map((input) => input.dataSync() as Float32Array);
    const tau = typeof temperature === 'number' ? temperature : values.at(-1)![0]!;
    const { value, gradients, temperatureGradient } = compute(
      values,
      tau,
      tf.engine().state.gradientDepth > 0,
    );
    const shapes = inputs.map(({ shape }) => shape);
    return {
      value: tf.scalar(value),
      saved: [],
      gradient: (dy) => {
        const factor = dy.dataSync()[0]!;
        return shapes.map((shape, i) => {
          const gradient = gradients[i] ?? Float32Array.of(temperatureGradient);
          return tf.tensor(factor === 1 ? gradient : gradient.map((pull) => pull * factor), shape);
        });
      },
    };
  });
};

/** Multiplications from which handing a product to libtensorflow costs less than its threads and wide vectors save. */
const NATIVE_PRODUCT = 1 << 21;

const nativeProduct = ({ a, aColumn, b, bColumn, c, m, n, k, add }: DenseProduct): void =>
  tf.tidy(() => {
    const [x, y] = [
      tf.tensor2d(a, aColumn === 1 ? [m, k] : [k, m]),
      tf.tensor2d(b, bColumn === 1 ? [k, n] : [n, k]),
    ];
    const values = tf.matMul(x, y, aColumn !== 1, bColumn !== 1).dataSync();
    if (!add) c.set(values);
    else for (let i = 0; i < values.length; i++) c[i]! += values[i]!;
  });

/** On tfjs-node large products are libtensorflow's; elsewhere no backend multiplies faster than our own kernel. */
const productsOfBackend = (memory: DenseMemory): DenseMemory =>
  tf.getBackend() !== 'tensorflow'
    ? memory
    : {
        ...memory,
        product: (product) =>
          (product.m * product.n * product.k < NATIVE_PRODUCT ? memory.product : nativeProduct)(product),
      };

export const tensorsOf = (temperature: Temperature): tf.Tensor[] =>
  typeof temperature === 'number' ? [] : [temperature];

/** {@link orderedPairsOnHost} of tensors, or null where the tensor path has to do it. */
export const cosentOnHostTensors = (scores: tf.Tensor, pairs: CosentSettings): tf.Scalar | null => {
  if (!readsAtOnce()) return null;
  return scalarOnHost([scores], pairs.temperature, ([values], temperature, differentiate) =>
    orderedPairsOnHost(values!, { ...pairs, temperature }, differentiate),
  );
};

/** Every setting, so that a new one is not overlooked: what the host path does not know, the tensors compute. */
const KNOWN_SETTINGS: OptionNames<InfoNceSettings> = {
  temperature: true,
  partition: true,
  hardness: true,
  hardnessMode: true,
  guide: true,
  logProbabilities: true,
  weights: true,
  multiplePositives: true,
  reduction: true,
  normalize: true,
  chunkSize: true,
  relevance: true,
  directions: true,
  negatives: true,
  inBatchNegatives: true,
  hidesOwnNegatives: true,
};

const knowsAll = (settings: InfoNceSettings): boolean =>
  Object.keys(settings).every((name) => Object.hasOwn(KNOWN_SETTINGS, name)) &&
  ['anchor', 'joint', 'jointRepeated'].includes(settings.partition) &&
  ['separate', 'outside', 'inside'].includes(settings.multiplePositives) &&
  ['mean', 'sum', 'weighted'].includes(settings.reduction);

/** {@link infoNceOnHost} of tensors, or null where the tensor path has to do it. */
export const infoNceOnHostTensors = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  settings: InfoNceSettings,
  anchors: Anchors,
): tf.Scalar | null => {
  const { reduction, guide } = settings;
  // Without a reduction the gradient waits for one of each loss, which only the tape has.
  if (reduction === 'none' || !knowsAll(settings) || !readsAtOnce()) return null;
  const matrix = (data: Float32Array, { shape: [rows, columns] }: tf.Tensor2D) => ({ data, rows, columns });
  return scalarOnHost([queries, documents], settings.temperature, ([q, d], temperature, differentiate) => {
    const pulls = pullsOf(anchors, reduction);
    const { losses, toQueries, toDocuments, toTemperature } = infoNceOnHost(
      {
        ...settings,
        queries: matrix(q!, queries),
        documents: matrix(d!, documents),
        sides: anchors.sides,
        temperature,
        guide: guide && {
          ...guide,
          queries: matrix(guide.queries.dataSync() as Float32Array, guide.queries),
          documents: matrix(guide.documents.dataSync() as Float32Array, guide.documents),
        },
        pulls,
      },
      differentiate,
      productsOfBackend(denseMemory()),
    );
    return {
      value: weightedSum(losses, pulls),
      gradients: [toQueries, toDocuments],
      temperatureGradient: toTemperature,
    };
  });
};
