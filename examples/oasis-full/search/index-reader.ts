import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { deserialize } from 'node:v8';
import { HybridIndex, type HybridIndexData } from 'oasis-embed/retrieval';
import type { RunFolder } from '../store/run-folder.js';
import { type ExactVectors, exactVectors } from './exact-vectors.js';
import { INDEX_FORMAT, type IndexedFunction, type IndexManifest } from './index-format.js';
import { paddedColumns } from './quantize.js';
import { createRowScorer, type RowScorer } from './row-scorer.js';

/** An index opened: what scores and filters rows in memory, the functions and exact vectors on disk. */
export interface IndexReader {
  readonly manifest: IndexManifest;
  /** Words, names and paths of all rows. */
  readonly words: HybridIndex;
  /** Approximate scores of all rows. */
  readonly scorer: RowScorer;
  /** How far each row is from what the scorer knows of it. */
  readonly errors: Float32Array;
  /** Exact scores, from disk. */
  readonly exact: ExactVectors;
  /** For each row, which of the manifest's repositories and languages it is of. */
  readonly repositoryOf: Uint32Array;
  readonly languageOf: Uint8Array;
  readFunctions(rows: readonly number[]): Promise<IndexedFunction[]>;
  close(): Promise<void>;
}

const REMEDY = 'make the index again';

const readManifest = (path: string): IndexManifest => {
  let manifest: IndexManifest;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as IndexManifest;
  } catch (error) {
    throw new Error(`${path}: not a JSON value (${(error as Error).message}); ${REMEDY}`);
  }
  if (manifest?.format !== INDEX_FORMAT) {
    throw new Error(
      `${path}: expected index format ${INDEX_FORMAT}, received ${manifest?.format}; ${REMEDY}`,
    );
  }
  const { functions, rows } = manifest;
  for (const name of ['bytes', 'repository', 'language'] as const) {
    if (rows?.[name]?.length !== functions) {
      throw new Error(`${path}: rows.${name} must have ${functions} entries; ${REMEDY}`);
    }
  }
  return manifest;
};

/** Fills pieces one after another from a file, in reads that the system call allows. */
const readInto = async (file: FileHandle, pieces: readonly Uint8Array[], start: number): Promise<void> => {
  let position = start;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const { bytesRead } = await file.read(piece, at, Math.min(piece.length - at, 1 << 26), position);
      if (bytesRead === 0) throw new Error('the file ends early');
      at += bytesRead;
      position += bytesRead;
    }
  }
};

/** Opens a safetensors file that the writer left; its data must be of the size that the manifest tells. */
const openTensors = async (path: string, bytes: number, shown: string) => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Buffer.alloc(8);
    await readInto(file, [length], 0);
    const start = 8 + Number(length.readBigUInt64LE());
    if (size !== start + bytes) {
      throw new Error(
        `${path} must hold ${shown} = ${start + bytes} bytes, received ${size} bytes; ${REMEDY}`,
      );
    }
    return { file, start };
  } catch (error) {
    await file.close();
    throw error;
  }
};

const readQuantized = async (path: string, { functions, dimensions }: IndexManifest) => {
  const stride = paddedColumns(dimensions);
  const shown = `${functions} × ${stride} codes with scales and errors`;
  const { file, start } = await openTensors(path, functions * (stride + 8), shown);
  try {
    const scorer = createRowScorer(functions, dimensions);
    const scales = new Float32Array(functions);
    const errors = new Float32Array(functions);
    const rest = [scales, errors].map((array) => new Uint8Array(array.buffer));
    await readInto(file, [...scorer.pieces, ...rest], start);
    scorer.setScales(scales);
    return { scorer, errors };
  } finally {
    await file.close();
  }
};

/** The files of an index. */
export const INDEX_FILES = [
  'indexManifest',
  'indexWords',
  'indexVectors',
  'indexQuantized',
  'indexFunctions',
] as const;

const readWords = (path: string, rows: number): HybridIndex => {
  let words: HybridIndex;
  try {
    words = HybridIndex.from(deserialize(readFileSync(path)) as HybridIndexData);
  } catch (error) {
    throw new Error(`${path}: not the words of an index (${(error as Error).message}); ${REMEDY}`);
  }
  if (words.size !== rows)
    throw new Error(`${path} must have ${rows} entries, received ${words.size}; ${REMEDY}`);
  return words;
};

/** Opens what {@link createIndexWriter} wrote; every part is held against the others. */
export const openIndex = async (folder: RunFolder): Promise<IndexReader> => {
  for (const file of INDEX_FILES) {
    if (!existsSync(folder.path(file))) {
      throw new Error(
        `--run: expected the folder of a finished run, received ${folder.root}, which lacks ${folder.path(file)}`,
      );
    }
  }
  const manifest = readManifest(folder.path('indexManifest'));
  const offsets = new Float64Array(manifest.functions + 1);
  manifest.rows.bytes.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i]! + bytes;
  });
  const { functions, dimensions } = manifest;
  const words = readWords(folder.path('indexWords'), functions);
  const { scorer, errors } = await readQuantized(folder.path('indexQuantized'), manifest);
  const shown = `${functions} vectors of ${dimensions} dimensions`;
  const vectors = await openTensors(folder.path('indexVectors'), functions * dimensions * 4, shown);
  const path = folder.path('indexFunctions');
  const file = await open(path, 'r');
  const close = async () => {
    await vectors.file.close();
    await file.close();
  };
  const { size } = await file.stat();
  if (size !== offsets.at(-1)) {
    await close();
    throw new Error(`${path} must have ${offsets.at(-1)} bytes, received ${size}; ${REMEDY}`);
  }
  const readFunction = async (row: number): Promise<IndexedFunction> => {
    const line = Buffer.alloc(offsets[row + 1]! - offsets[row]!);
    await readInto(file, [line], offsets[row]!);
    return JSON.parse(line.toString('utf8')) as IndexedFunction;
  };
  return {
    manifest: { ...manifest, rows: { bytes: [], repository: [], language: [] } },
    words,
    scorer,
    errors,
    exact: exactVectors(vectors.file.fd, vectors.start, dimensions),
    repositoryOf: Uint32Array.from(manifest.rows.repository),
    languageOf: Uint8Array.from(manifest.rows.language),
    readFunctions: (rows) => Promise.all(rows.map(readFunction)),
    close,
  };
};
