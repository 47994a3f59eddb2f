import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import type { Encoder, TokenizedTexts } from '../encoders/index.js';
import { findWorkerFile, type WorkerFile, workerFlags } from '../numerics/index.js';
import type { BackendName } from './backends.js';
import { batchLoss, type EncodedBatch, type GradientSource, rowsOf } from './batch-gradients.js';
import { stableNames } from './stable-names.js';
import type { TrainingSettings } from './training-options.js';
import type { WorkerOptions } from './worker-options.js';
import { SIGNAL, type WorkerMessage, type WorkerStart, type WorkerTask } from './worker-protocol.js';

interface Member {
  post(task: WorkerTask): void;
  /** The next message, which must be of this kind. */
  next<Kind extends WorkerMessage['kind']>(kind: Kind): Promise<Extract<WorkerMessage, { kind: Kind }>>;
  close(): Promise<unknown>;
  readonly gradients: Float32Array;
}

const startMember = (file: WorkerFile, start: WorkerStart, number: number): Member => {
  const worker = new Worker(file.code, { workerData: start, eval: file.evaluate, execArgv: workerFlags() });
  const arrived: WorkerMessage[] = [];
  const waiting: { resolve(message: WorkerMessage): void; reject(error: Error): void }[] = [];
  let failure: Error | null = null;
  const fail = (message: string) => {
    failure ??= new Error(`training worker ${number}: ${message}`);
    for (const one of waiting.splice(0)) one.reject(failure);
  };
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'failed') fail(message.message);
    else if (waiting.length > 0) waiting.shift()!.resolve(message);
    else arrived.push(message);
  });
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', (code) => fail(`stopped with exit code ${code}`));
  return {
    post: (task) => worker.postMessage(task),
    next: async <Kind extends WorkerMessage['kind']>(kind: Kind) => {
      const message =
        arrived.shift() ??
        (await new Promise<WorkerMessage>((resolve, reject) => {
          if (failure !== null) reject(failure);
          else waiting.push({ resolve, reject });
        }));
      if (message.kind !== kind) {
        throw new Error(`training worker ${number} said ${message.kind}, ${kind} was expected`);
      }
      return message as Extract<WorkerMessage, { kind: Kind }>;
    },
    close: () => worker.terminate(),
    gradients: new Float32Array(start.gradients),
  };
};

/** [from, to) of worker `i` of `count`: neighboring rows, as many for each as can be. */
const share = (length: number, i: number, count: number): readonly [number, number] => [
  Math.floor((length * i) / count),
  Math.floor((length * (i + 1)) / count),
];

/** The loss of the whole batch, and its gradient in every row. */
const lossOfRows = async (
  rows: { readonly queries: Float32Array; readonly documents: Float32Array },
  dimensions: number,
  pairs: EncodedBatch<TokenizedTexts>['pairs'],
  settings: TrainingSettings,
) => {
  const { terms, gradients } = tf.tidy(() => {
    let parts: tf.Tensor[] = [];
    const sides = [rows.queries, rows.documents].map((values) =>
      tf.tensor2d(values, [values.length / dimensions, dimensions]),
    );
    const { value, grads } = tf.valueAndGrads((q: tf.Tensor, d: tf.Tensor) => {
      const result = batchLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs, settings);
      parts = [tf.keep(tf.clone(result.infoNce)), tf.keep(tf.clone(result.cosent))];
      return result.loss;
    })(sides);
    const stacked = tf.stack([...parts, value]) as tf.Tensor1D;
    tf.dispose(parts);
    return { terms: stacked, gradients: grads };
  });
  const [queries, documents] = await Promise.all(gradients.map((tensor) => tensor.data<'float32'>()));
  tf.dispose(gradients);
  return { terms, queries: queries!, documents: documents! };
};

/**
 * Gradients by worker threads: each embeds its share of a batch's rows, the loss of the whole batch is taken here on all
 * of them, and each carries its rows' part back to the weights. Sums are taken in the order of the workers, so a run is
 * as reproducible as in one thread; up to rounding the gradients are those of one thread.
 *
 * With a chunk size a worker carries its share back chunk by chunk, as one thread would the batch.
 *
 * The weights go to the workers and the gradients come back through shared memory.
 *
 * @throws Error when a worker cannot start, or when its copy of the encoder lacks a variable of this one.
 */
export const startWorkers = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  settings: TrainingSettings,
  { count, module }: WorkerOptions,
): Promise<GradientSource<Tokens>> => {
  const file = await findWorkerFile(
    import.meta.url,
    ['./gradient-worker.js', './training/gradient-worker.js'],
    './gradient-worker.ts',
  );
  if (file === null)
    throw new Error('gradient-worker was not found beside this module: train without workers');
  const variables = encoder.variables;
  const floats = variables.reduce((sum, { size }) => sum + size, 0);
  const weights = new SharedArrayBuffer(floats * 4);
  const directory = await mkdtemp(join(tmpdir(), 'oasis-embed-workers-'));
  const members: Member[] = [];
  const close = async () => {
    await Promise.all(members.map((member) => member.close()));
  };
  try {
    const saved = join(directory, 'encoder');
    await (encoder.saveForTraining?.(saved) ?? encoder.save(saved));
    for (let i = 0; i < count; i++) {
      const start: WorkerStart = {
        backend: tf.getBackend() as BackendName,
        kind: encoder.kind,
        directory: saved,
        module:
          module === undefined
            ? null
            : typeof module === 'string' && !module.includes(':')
              ? pathToFileURL(module).href
              : String(module),
        names: stableNames(variables),
        weights,
        gradients: new SharedArrayBuffer(floats * 4),
        chunkSize: settings.chunkSize,
      };
      members.push(startMember(file, start, i));
    }
    for (const ready of await Promise.all(members.map((member) => member.next('ready')))) {
      ready.shapes.forEach((shape, i) => {
        const { shape: own } = variables[i]!;
        if (shape?.join() === own.join()) return;
        throw new Error(
          `a worker’s encoder must have ${stableNames(variables)[i]} of shape [${own.join(', ')}], found ` +
            `${shape === null ? 'none' : `[${shape.join(', ')}]`}; workers.module can say how to load it`,
        );
      });
    }
  } catch (error) {
    await close();
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }

  const publishWeights = async () => {
    const view = new Float32Array(weights);
    let at = 0;
    for (const variable of variables) {
      view.set(await variable.data<'float32'>(), at);
      at += variable.size;
    }
  };

  const gradients = async ({ queries, documents, pairs }: EncodedBatch<Tokens>) => {
    await publishWeights();
    const { dimensions } = encoder;
    const parts = members.map((member, i) => {
      const q = share(queries.length, i, count);
      // From the other end, so that odd rows do not all fall to the same worker.
      const d = share(documents.length, count - 1 - i, count);
      const rows = q[1] - q[0] + d[1] - d[0];
      const upstream = new SharedArrayBuffer(rows * dimensions * 4);
      const signal = new SharedArrayBuffer(4);
      return { member, q, d, rows, upstream, signal };
    });
    const busy = parts.filter(({ rows }) => rows > 0);
    const signalAll = (value: number) => {
      for (const { signal } of busy) {
        const state = new Int32Array(signal);
        Atomics.store(state, 0, value);
        Atomics.notify(state, 0);
      }
    };
    try {
      for (const { member, q, d, upstream, signal } of busy) {
        member.post({
          queries: rowsOf(encoder, queries, ...q),
          documents: rowsOf(encoder, documents, ...d),
          upstream,
          signal,
        });
      }
      const rows = {
        queries: new Float32Array(queries.length * dimensions),
        documents: new Float32Array(documents.length * dimensions),
      };
      const embedded = await Promise.all(busy.map(({ member }) => member.next('embeddings')));
      busy.forEach(({ q, d }, i) => {
        const { values } = embedded[i]!;
        const split = (q[1] - q[0]) * dimensions;
        rows.queries.set(values.subarray(0, split), q[0] * dimensions);
        rows.documents.set(values.subarray(split), d[0] * dimensions);
      });
      const loss = await lossOfRows(rows, dimensions, pairs, settings);
      for (const { q, d, upstream } of busy) {
        const view = new Float32Array(upstream);
        view.set(loss.queries.subarray(q[0] * dimensions, q[1] * dimensions));
        view.set(loss.documents.subarray(d[0] * dimensions, d[1] * dimensions), (q[1] - q[0]) * dimensions);
      }
      signalAll(SIGNAL.ready);
      await Promise.all(busy.map(({ member }) => member.next('done')));
      const sums = Float32Array.from(busy[0]!.member.gradients);
      for (const { member } of busy.slice(1)) {
        const other = member.gradients;
        for (let i = 0; i < floats; i++) sums[i]! += other[i]!;
      }
      let at = 0;
      const tensors = variables.map((variable) => {
        at += variable.size;
        return tf.tensor(sums.subarray(at - variable.size, at).slice(), variable.shape);
      });
      return { terms: loss.terms, gradients: tensors };
    } catch (error) {
      signalAll(SIGNAL.cancelled);
      throw error;
    }
  };
  return { gradients, close };
};
