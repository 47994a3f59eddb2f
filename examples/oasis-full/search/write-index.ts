import type { TextModel } from '../models/text-model.js';
import type { RunFolder } from '../store/run-folder.js';
import { entryText } from './entries/entry-text.js';
import type { SearchEntry } from './entries/search-entry.js';
import { foldDuplicates } from './fold-duplicates.js';
import type { IndexManifest } from './index-format.js';
import { createIndexWriter, type IndexOrigin, type WrittenEntry } from './index-writer.js';
import { type KeptVectors, textKey } from './kept-vectors.js';

/** The model that gives an index its vectors. */
export interface IndexModel {
  readonly model: TextModel;
  readonly fingerprint: string;
  /** Where it is; null for that of the run which the index is part of. */
  readonly folder: string | null;
}

export interface WriteIndexOptions extends IndexOrigin {
  readonly model: IndexModel | null;
  /** Vectors that need not be made again. */
  readonly kept?: KeptVectors;
  /** The folder of each repository, by name. */
  readonly roots: ReadonlyMap<string, string>;
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH = 1024;

/** Of some texts, vectors row by row: those at hand, and new ones by the model. */
const vectorsOf = async (
  texts: readonly string[],
  { model }: IndexModel,
  kept: KeptVectors | undefined,
): Promise<Float32Array> => {
  const { dimensions } = model;
  const vectors = new Float32Array(texts.length * dimensions);
  const missing: number[] = [];
  texts.forEach((text, row) => {
    const known = kept?.get(textKey(text));
    if (known === undefined) missing.push(row);
    else vectors.set(known, row * dimensions);
  });
  if (missing.length === 0) return vectors;
  const { data } = await model.embed(
    missing.map((row) => texts[row]!),
    'document',
  );
  missing.forEach((row, i) => {
    vectors.set(data.subarray(i * dimensions, (i + 1) * dimensions), row * dimensions);
  });
  return vectors;
};

/**
 * Entries with their vectors, batch by batch. While one is used, the next is with the model, which may have a thread of its
 * own; it is asked for one batch at a time.
 */
async function* embeddedBatches(
  written: readonly WrittenEntry[],
  model: IndexModel | null,
  kept: KeptVectors | undefined,
) {
  const embed = async (from: number) => {
    const batch = written.slice(from, from + BATCH);
    if (model === null) return { batch, texts: [], vectors: new Float32Array(0) };
    const texts = batch.map(({ entry }) => entryText(entry));
    return { batch, texts, vectors: await vectorsOf(texts, model, kept) };
  };
  let coming = embed(0);
  for (let from = 0; from < written.length; from += BATCH) {
    const next = from + BATCH < written.length;
    const embedded = await coming;
    if (next) {
      coming = embed(from + BATCH);
      // Whoever stops here does not wait for it: its failure is told when it is awaited.
      coming.catch(() => {});
    }
    yield { ...embedded, done: from + embedded.batch.length };
  }
}

/** Writes the index of some entries, those of one file one after another; near-duplicates are folded. */
export const writeIndex = async (
  folder: RunFolder,
  entries: readonly SearchEntry[],
  { model, kept, roots, files, leftOut, madeOf, onProgress }: WriteIndexOptions,
): Promise<IndexManifest> => {
  const writer = await createIndexWriter(folder, {
    dimensions: model?.model.dimensions ?? 0,
    model: model?.fingerprint ?? null,
    modelFolder: model?.folder ?? null,
    roots,
  });
  try {
    const written = foldDuplicates(entries);
    for await (const { batch, texts, vectors, done } of embeddedBatches(written, model, kept)) {
      await writer.add(
        batch.map((item, i) => ({ ...item, ...(model === null ? {} : { textKey: textKey(texts[i]!) }) })),
        vectors,
      );
      onProgress?.(done, written.length);
    }
    return await writer.finish({
      ...(files === undefined ? {} : { files }),
      ...(leftOut === undefined ? {} : { leftOut }),
      ...(madeOf === undefined ? {} : { madeOf }),
    });
  } catch (error) {
    await writer.abort();
    throw error;
  }
};
