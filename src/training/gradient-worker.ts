import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import {
  AdapterEncoder,
  type Encoder,
  StaticEncoder,
  SubtokenBagEncoder,
  type TokenizedTexts,
  TransformerEncoder,
} from '../encoders/index.js';
import { cachedGradients } from '../losses/index.js';
import { selectBackend } from './backends.js';
import { encodeSides, roleOf, rowsOf } from './batch-gradients.js';
import { stableNames } from './stable-names.js';
import { SIGNAL, type WorkerMessage, type WorkerStart, type WorkerTask } from './worker-protocol.js';

type AnyEncoder = Encoder<TokenizedTexts>;

const loadEncoder = async ({ kind, directory, module }: WorkerStart): Promise<AnyEncoder> => {
  if (module !== null) {
    const { loadEncoder: load } = (await import(module)) as Record<string, unknown>;
    if (typeof load !== 'function') throw new Error(`${module} must export a function loadEncoder`);
    return (await load(directory)) as AnyEncoder;
  }
  if (kind === 'subtoken-bag') return (await SubtokenBagEncoder.load(directory)) as unknown as AnyEncoder;
  if (kind === 'static') return (await StaticEncoder.load(directory)) as unknown as AnyEncoder;
  if (kind === 'adapter') return (await AdapterEncoder.load(directory)) as unknown as AnyEncoder;
  if (kind === 'transformer') {
    return (await TransformerEncoder.loadForTraining(directory)) as unknown as AnyEncoder;
  }
  throw new Error(`an encoder of kind ${kind} needs workers.module, which says how to load it`);
};

const putWeights = (variables: readonly tf.Variable[], weights: Float32Array) => {
  let start = 0;
  for (const variable of variables) {
    // A copy: the plain backend keeps the array it is given, and the trainer writes to this one again.
    const values = weights.slice(start, start + variable.size);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    start += variable.size;
  }
};

/**
 * Embeds this worker's rows, hands them over, waits for what the loss of the whole batch says about them, and carries
 * that back to the variables.
 *
 * The wait is inside the recorded function, so the forward pass is done once, or twice chunk by chunk.
 */
const runTask = (
  encoder: AnyEncoder,
  variables: readonly tf.Variable[],
  { queries, documents, upstream, signal }: WorkerTask,
  chunkSize: number | null,
  publish: (values: Float32Array) => void,
): tf.NamedTensorMap => {
  const parts = { queries, documents };
  const names = (['queries', 'documents'] as const).filter((name) => parts[name].length > 0);
  const exchange = (sides: tf.Tensor2D[]): tf.Scalar => {
    const rows = sides.length === 1 ? sides[0]! : tf.concat2d(sides, 0);
    publish(rows.dataSync().slice() as Float32Array);
    const state = new Int32Array(signal);
    Atomics.wait(state, 0, SIGNAL.waiting);
    if (Atomics.load(state, 0) === SIGNAL.cancelled) throw new Error('the task was cancelled');
    const gradient = tf.tensor2d(new Float32Array(upstream).slice(), rows.shape);
    return tf.sum(tf.mul(rows, gradient)) as tf.Scalar;
  };
  const { value, grads } =
    chunkSize === null
      ? tf.variableGrads(() => {
          if (names.length === 1) return exchange([encoder.encode(parts[names[0]!], roleOf[names[0]!])]);
          const sides = encodeSides(encoder, queries, documents);
          return exchange([sides.queries, sides.documents]);
        }, [...variables])
      : cachedGradients(
          (tokens: TokenizedTexts, from, to, side) =>
            encoder.encode(rowsOf(encoder, tokens, from, to), roleOf[side as keyof typeof roleOf]),
          Object.fromEntries(names.map((name) => [name, parts[name]])),
          (rows) => exchange(names.map((name) => rows[name]!)),
          { chunkSize, variables },
        );
  value.dispose();
  return grads;
};

const main = async (port: NonNullable<typeof parentPort>, start: WorkerStart) => {
  const say = (message: WorkerMessage) => port.postMessage(message);
  await selectBackend(start.backend);
  const encoder = await loadEncoder(start);
  const own = stableNames(encoder.variables);
  const byName = new Map(encoder.variables.map((variable, i) => [own[i]!, variable]));
  const found = start.names.map((name) => byName.get(name));
  say({ kind: 'ready', shapes: found.map((variable) => variable?.shape ?? null) });
  const variables = found.filter((variable) => variable !== undefined);
  const weights = new Float32Array(start.weights);
  const gradients = new Float32Array(start.gradients);
  port.on('message', (task: WorkerTask) => {
    try {
      putWeights(variables, weights);
      const grads = runTask(encoder, variables, task, start.chunkSize, (values) =>
        say({ kind: 'embeddings', values }),
      );
      let at = 0;
      for (const variable of variables) {
        const gradient = grads[variable.name];
        if (gradient === undefined) gradients.fill(0, at, at + variable.size);
        else gradients.set(gradient.dataSync() as Float32Array, at);
        at += variable.size;
      }
      tf.dispose(grads);
      say({ kind: 'done' });
    } catch (error) {
      say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  });
};

if (parentPort !== null) {
  const port = parentPort;
  main(port, workerData as WorkerStart).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'failed', message } satisfies WorkerMessage);
  });
}
