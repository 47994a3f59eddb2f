import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DenseMatrix, VectorSource } from 'oasis-embed/encoders';
import { loadTextModel, type TextModel } from '../../../examples/oasis-full/models/text-model.js';

/** A model whose vectors are kept in a folder, and the whole words of its vocabulary. */
export interface Teacher extends VectorSource {
  readonly words: readonly string[];
  close(): Promise<void>;
}

/** Texts that go to the model, and to the disk, at a time. */
const BATCH = 2048;

/**
 * Opens a model's folder or ONNX file. Each batch of new vectors becomes NAME.json, its texts, and NAME.f32, its rows.
 */
export const openTeacher = async (path: string, store: string): Promise<Teacher> => {
  mkdirSync(store, { recursive: true });
  const rows = new Map<string, Float32Array>();
  const names = readdirSync(store).filter((name) => name.endsWith('.json'));
  for (const name of names) {
    const texts = JSON.parse(readFileSync(join(store, name), 'utf8')) as string[];
    const bytes = readFileSync(join(store, name.replace(/json$/, 'f32')));
    const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    const columns = data.length / texts.length;
    for (const [i, text] of texts.entries()) rows.set(text, data.subarray(i * columns, (i + 1) * columns));
  }
  let model: TextModel | null = null;
  let batches = names.length;
  const folder = path.endsWith('.onnx') ? join(path, '../..') : path;
  const tokenizer = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as {
    readonly model: { readonly vocab: Readonly<Record<string, number>> };
  };
  return {
    name: path,
    words: Object.keys(tokenizer.model.vocab).filter((word) => /^[a-z]{2,}$/.test(word)),
    async embed(texts): Promise<DenseMatrix> {
      // Texts of like length share a batch.
      const missing = [...new Set(texts)]
        .filter((text) => !rows.has(text))
        .sort((a, b) => a.length - b.length);
      for (let start = 0; start < missing.length; start += BATCH) {
        model ??= await loadTextModel(path);
        const batch = missing.slice(start, start + BATCH);
        const { data, columns } = await model.embed(batch, 'document');
        while (existsSync(join(store, `${batches}.json`))) batches++;
        writeFileSync(join(store, `${batches}.f32`), data);
        writeFileSync(join(store, `${batches}.json`), JSON.stringify(batch));
        for (const [i, text] of batch.entries())
          rows.set(text, data.subarray(i * columns, (i + 1) * columns));
        if (missing.length > BATCH)
          console.error(`teacher: ${start + batch.length} of ${missing.length} texts`);
      }
      const columns = texts.length === 0 ? 0 : rows.get(texts[0]!)!.length;
      const data = new Float32Array(texts.length * columns);
      for (const [i, text] of texts.entries()) data.set(rows.get(text)!, i * columns);
      return { data, rows: texts.length, columns };
    },
    async close() {
      await model?.close();
    },
  };
};
