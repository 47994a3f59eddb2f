import { open, rm } from 'node:fs/promises';
import type { Vectors } from '../metrics/index.js';
import type { DenseMatrix } from '../numerics/index.js';
import type { RetrievalText } from './retrieval-task.js';
import type { TextCensus } from './text-census.js';

/** Where the vectors of a batch go. */
interface VectorSink {
  append(part: DenseMatrix): Promise<void>;
  finish(rows: number, columns: number): Promise<Vectors>;
  abandon(): Promise<void>;
}

const memorySink = (): VectorSink => {
  const parts: Float32Array[] = [];
  return {
    async append({ data, rows, columns }) {
      parts.push(data.slice(0, rows * columns));
    },
    async finish(rows, columns) {
      // Shared, so that threads need no copy of their own.
      const data = new Float32Array(new SharedArrayBuffer(4 * rows * columns));
      let at = 0;
      for (const part of parts.splice(0)) {
        data.set(part, at);
        at += part.length;
      }
      return { data, rows, columns };
    },
    async abandon() {},
  };
};

const fileSink = async (path: string): Promise<VectorSink> => {
  const file = await open(path, 'w');
  return {
    async append({ data, rows, columns }) {
      await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, 4 * rows * columns));
    },
    async finish(rows, columns) {
      await file.close();
      return { path, rows, columns };
    },
    async abandon() {
      await file.close();
      await rm(path, { force: true });
    },
  };
};

/** How texts become vectors: the model, and how many at a time. */
export interface CollectOptions {
  readonly batchSize: number;
  readonly embed: (texts: readonly string[]) => DenseMatrix | Promise<DenseMatrix>;
  /** The file for the vectors; memory without it. */
  readonly path: string | null;
  readonly onBatch: (done: number) => void;
  /** Called with all but the text of each, before it is encoded. */
  readonly onLabel: (label: Omit<RetrievalText, 'text'>) => Promise<void> | undefined;
  readonly census: TextCensus;
}

/** Encodes texts as they come, a batch at a time; texts are forgotten. */
export const collectVectors = async (
  texts: AsyncIterable<RetrievalText>,
  { batchSize, embed, path, onBatch, onLabel, census }: CollectOptions,
): Promise<Vectors> => {
  let rows = 0;
  const sink = path === null ? memorySink() : await fileSink(path);
  let columns = -1;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const part = await embed(batch);
    if (part.rows !== batch.length) {
      throw new RangeError(`the encoder must return ${batch.length} rows, received ${part.rows}`);
    }
    if (columns >= 0 && part.columns !== columns) {
      throw new RangeError(`the encoder must return ${columns} columns, as before, received ${part.columns}`);
    }
    columns = part.columns;
    await sink.append(part);
    batch = [];
    onBatch(rows);
  };
  try {
    for await (const { text, ...label } of texts) {
      census.add(text);
      const checked = onLabel(label);
      if (checked !== undefined) await checked;
      rows += 1;
      batch.push(text);
      if (batch.length === batchSize) await flush();
    }
    await flush();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
  return sink.finish(rows, Math.max(columns, 0));
};
