import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { RunFolder } from '../run-folder.js';
import { INDEX_FORMAT, type IndexedFunction, type IndexManifest } from './index-format.js';
import { createVectorScorer, type VectorScorer } from './vector-scorer.js';

/** An index opened: its vectors in memory, its functions on disk. */
export interface IndexReader {
  readonly manifest: IndexManifest;
  readonly vectors: VectorScorer;
  /** For each row, which of the manifest's repositories and languages it is of. */
  readonly repositoryOf: Uint32Array;
  readonly languageOf: Uint8Array;
  readFunctions(rows: readonly number[]): Promise<IndexedFunction[]>;
  close(): Promise<void>;
}

const REMEDY = 'run the pipeline again';

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

const readVectors = async (path: string, manifest: IndexManifest): Promise<VectorScorer> => {
  const { functions, dimensions } = manifest;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Buffer.alloc(8);
    await readInto(file, [length], 0);
    const headerLength = Number(length.readBigUInt64LE());
    const expected = 8 + headerLength + functions * dimensions * 4;
    if (size !== expected) {
      throw new Error(
        `${path} must hold ${functions} vectors of ${dimensions} dimensions = ${expected} bytes, received ${size} bytes; ${REMEDY}`,
      );
    }
    const vectors = createVectorScorer(functions, dimensions);
    await readInto(file, vectors.pieces, 8 + headerLength);
    return vectors;
  } finally {
    await file.close();
  }
};

/** Opens what {@link createIndexWriter} wrote; every part is held against the others. */
export const openIndex = async (folder: RunFolder): Promise<IndexReader> => {
  for (const file of ['indexManifest', 'indexVectors', 'indexFunctions'] as const) {
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
  const vectors = await readVectors(folder.path('indexVectors'), manifest);
  const path = folder.path('indexFunctions');
  const file = await open(path, 'r');
  const { size } = await file.stat();
  if (size !== offsets.at(-1)) {
    await file.close();
    throw new Error(`${path} must have ${offsets.at(-1)} bytes, received ${size}; ${REMEDY}`);
  }
  const readFunction = async (row: number): Promise<IndexedFunction> => {
    const line = Buffer.alloc(offsets[row + 1]! - offsets[row]!);
    await readInto(file, [line], offsets[row]!);
    return JSON.parse(line.toString('utf8')) as IndexedFunction;
  };
  return {
    manifest: { ...manifest, rows: { bytes: [], repository: [], language: [] } },
    vectors,
    repositoryOf: Uint32Array.from(manifest.rows.repository),
    languageOf: Uint8Array.from(manifest.rows.language),
    readFunctions: (rows) => Promise.all(rows.map(readFunction)),
    close: () => file.close(),
  };
};
