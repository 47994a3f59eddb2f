import { basename, join } from 'node:path';
import { embedToShards } from '../../../src/annotation/index.js';
import type { DenseMatrix, TextRole } from '../../../src/encoders/index.js';
import { OnnxEncoder } from '../../../src/onnx/index.js';

/** Tokens of a text: longer ones lose their end. */
export const MAXIMUM_LENGTH = 96;

/** Vectors of a published model on one thread, kept on disk: an interrupted run reads what is there. */
export interface StoredVectors {
  readonly name: string;
  /** Rows in the order of the texts, which are distinct. */
  of(texts: readonly string[], role: TextRole): Promise<DenseMatrix>;
  close(): Promise<void>;
}

export const openVectors = (folder: string, store: string): StoredVectors => {
  let encoder: Promise<OnnxEncoder> | null = null;
  const load = () => {
    encoder ??= OnnxEncoder.load(folder, { maximumLength: MAXIMUM_LENGTH, threads: 1 });
    return encoder;
  };
  const name = `${basename(folder)}, ${MAXIMUM_LENGTH} tokens`;
  return {
    name,
    async of(texts, role) {
      const started = performance.now();
      const embedder = {
        name,
        embed: async (some: readonly string[]) => (await load()).embed(some, { role }),
      };
      const rows = await embedToShards(embedder, texts, join(store, basename(folder)), {
        role,
        shardRows: 256,
      });
      const data = new Float32Array(texts.length * rows.columns);
      for (let i = 0; i < texts.length; i++) data.set(rows.row(i), i * rows.columns);
      const seconds = (performance.now() - started) / 1000;
      if (seconds > 5) console.error(`${name}: ${texts.length} texts (${role}) in ${seconds.toFixed(0)} s`);
      return { data, rows: texts.length, columns: rows.columns };
    },
    async close() {
      await (await encoder)?.close();
    },
  };
};
