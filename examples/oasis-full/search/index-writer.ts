import { rm } from 'node:fs/promises';
import { serialize } from 'node:v8';
import { HybridIndexBuilder } from 'oasis-embed/retrieval';
import { makeFolderOf, openPendingFile, type PendingFile } from '../store/commit-file.js';
import { writeText } from '../store/json-files.js';
import type { RunFolder } from '../store/run-folder.js';
import type { ReadFileState } from './entries/file-pieces.js';
import type { SearchEntry } from './entries/search-entry.js';
import {
  type DuplicatePlace,
  INDEX_FORMAT,
  type IndexedRepository,
  type IndexManifest,
  type IndexSources,
  indexedFunction,
} from './index-format.js';
import { paddedColumns, quantizeRows } from './quantize.js';

export interface IndexWriterOptions {
  /** 0 without a model. */
  readonly dimensions: number;
  /** Fingerprint of the model that makes the vectors; null without one. */
  readonly model: string | null;
  /** Where that model is, unless in the run of this index. @defaultValue null */
  readonly modelFolder?: string | null;
  /** The folder of each repository, by name. */
  readonly roots: ReadonlyMap<string, string>;
}

/** An entry on its way into an index. */
export interface WrittenEntry {
  readonly entry: SearchEntry;
  readonly duplicates: readonly DuplicatePlace[];
  /** Of the text that its vector is of, so that a later index may keep the vector. */
  readonly textKey?: string;
}

/** What is known of the repositories when all of them are read. */
export interface IndexOrigin {
  /** The files of each repository, by its name. */
  readonly files?: ReadonlyMap<string, readonly ReadFileState[]>;
  readonly leftOut?: Readonly<Record<string, number>>;
  readonly madeOf?: IndexSources | null;
}

export interface IndexWriter {
  /**
   * @param entries Those of one file come together.
   * @param vectors [entries, dimensions], row by row.
   */
  add(entries: readonly WrittenEntry[], vectors: Float32Array): Promise<void>;
  finish(origin?: IndexOrigin): Promise<IndexManifest>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

/** Numbers names in the order of their first appearance, and counts them. */
const nameCounter = () => {
  const counts = new Map<string, number>();
  const numbers = new Map<string, number>();
  return {
    counts,
    add: (name: string): number => {
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return number;
    },
  };
};

// The header of a safetensors file names the shapes, which are known last: it is padded to one size.
const HEADER_BYTES = 512;

type TensorEntry = readonly [name: string, dtype: 'F32' | 'I8', shape: readonly number[]];

const tensorHeader = (tensors: readonly TensorEntry[]): Buffer => {
  const entries: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, dtype, shape] of tensors) {
    const bytes = shape.reduce((product, size) => product * size, dtype === 'F32' ? 4 : 1);
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const header = Buffer.alloc(8 + HEADER_BYTES, ' ');
  header.writeBigUInt64LE(BigInt(HEADER_BYTES), 0);
  header.write(JSON.stringify(entries), 8);
  return header;
};

const bytesOf = (array: Float32Array | Int8Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Writes an index batch by batch, in memory that does not grow with its vectors and code. */
export const createIndexWriter = async (
  folder: RunFolder,
  { dimensions, model, modelFolder = null, roots }: IndexWriterOptions,
): Promise<IndexWriter> => {
  const files: PendingFile[] = [];
  const discard = async () => {
    for (const file of files) await file.discard();
  };
  const open = async (name: 'indexFunctions' | 'indexVectors' | 'indexQuantized' | 'indexWords') => {
    const file = await openPendingFile(folder.path(name));
    files.push(file);
    return file.handle;
  };
  const openAll = async () => {
    makeFolderOf(folder.path('indexFunctions'));
    const functionFile = await open('indexFunctions');
    const vectorFile = await open('indexVectors');
    const quantizedFile = await open('indexQuantized');
    for (const file of [vectorFile, quantizedFile]) await file.writeFile(tensorHeader([]));
    return { functionFile, vectorFile, quantizedFile, wordFile: await open('indexWords') };
  };
  const { functionFile, vectorFile, quantizedFile, wordFile } = await openAll().catch(async (error) => {
    await discard();
    throw error;
  });

  const repositories = nameCounter();
  const languages = nameCounter();
  const rows = { bytes: [] as number[], repository: [] as number[], language: [] as number[] };
  const scales: Float32Array[] = [];
  const errors: Float32Array[] = [];
  const words = new HybridIndexBuilder();
  const roles: Partial<Record<string, number>> = {};
  let folded = 0;
  let largest = 0;

  const checkVectors = (entries: readonly WrittenEntry[], vectors: Float32Array) => {
    if (vectors.length !== entries.length * dimensions) {
      throw new RangeError(
        `vectors must have shape [${entries.length}, ${dimensions}], received ${vectors.length} values`,
      );
    }
    entries.forEach(({ entry: fn }, row) => {
      let squares = 0;
      for (let i = row * dimensions; i < (row + 1) * dimensions; i++) squares += vectors[i]! ** 2;
      if (!Number.isFinite(squares)) {
        throw new Error(
          `the model gave ${fn.repository}/${fn.path}:${fn.startLine} a vector that is not finite`,
        );
      }
      largest = Math.max(largest, Math.sqrt(squares));
    });
  };

  return {
    add: async (entries, vectors) => {
      checkVectors(entries, vectors);
      const lines = entries.map((item) => Buffer.from(`${JSON.stringify(indexedFunction(item))}\n`));
      entries.forEach(({ entry, duplicates }, i) => {
        words.add(entry);
        rows.bytes.push(lines[i]!.length);
        rows.repository.push(repositories.add(entry.repository));
        rows.language.push(languages.add(entry.language));
        roles[entry.role] = (roles[entry.role] ?? 0) + 1;
        folded += duplicates.length;
      });
      await functionFile.writeFile(Buffer.concat(lines));
      await vectorFile.writeFile(bytesOf(vectors));
      const quantized = quantizeRows(vectors, entries.length, dimensions);
      await quantizedFile.writeFile(bytesOf(quantized.codes));
      scales.push(quantized.scales);
      errors.push(quantized.errors);
    },
    finish: async ({ files: readFiles, leftOut = {}, madeOf = null } = {}) => {
      const count = rows.bytes.length;
      await wordFile.writeFile(serialize(words.finish().data));
      for (const part of [...scales, ...errors]) await quantizedFile.writeFile(bytesOf(part));
      const header = (tensors: readonly TensorEntry[]) =>
        [tensorHeader(tensors), 0, 8 + HEADER_BYTES, 0] as const;
      await vectorFile.write(...header([['functions', 'F32', [count, dimensions]]]));
      await quantizedFile.write(
        ...header([
          ['codes', 'I8', [count, paddedColumns(dimensions)]],
          ['scales', 'F32', [count]],
          ['errors', 'F32', [count]],
        ]),
      );
      for (const file of files) await file.finish();
      // Without its manifest an index does not count: gone first, written last.
      await rm(folder.path('indexManifest'), { force: true });
      for (const file of files) await file.place();
      const manifest: IndexManifest = {
        format: INDEX_FORMAT,
        functions: count,
        dimensions,
        largestNorm: largest,
        model,
        modelFolder,
        roles,
        leftOut,
        folded,
        madeOf,
        repositories: [...repositories.counts].map(
          ([name, functions]): IndexedRepository => ({
            name,
            functions,
            root: roots.get(name) ?? null,
            files: readFiles?.get(name) ?? [],
          }),
        ),
        languages: [...languages.counts].map(([name, functions]) => ({ name, functions })),
        rows,
      };
      await writeText(folder.path('indexManifest'), `${JSON.stringify(manifest)}\n`);
      return manifest;
    },
    abort: discard,
  };
};
