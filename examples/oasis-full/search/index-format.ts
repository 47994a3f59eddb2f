import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryRole } from 'oasis-embed/retrieval';
import type { ReadFileState } from './entries/file-pieces.js';
import type { SearchEntry } from './entries/search-entry.js';

/** Where a near-duplicate of an entry stands. */
export interface DuplicatePlace {
  readonly repository: string;
  readonly path: string;
  readonly startLine: number;
}

/**
 * A function, type, constant or part of a file as a search result shows it: row i of the index's vectors, line i of its
 * functions.jsonl.
 */
export interface IndexedFunction {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly language: string;
  readonly qualifiedName: string;
  readonly signature: string;
  readonly summary: string | null;
  /** As it stands in its file, comments included. */
  readonly source: string;
  readonly role: EntryRole;
  /** Its near-duplicates, which are found under it. */
  readonly duplicates: readonly DuplicatePlace[];
  /** Tells whether its vector is still that of its text; null without a vector. */
  readonly textKey: string | null;
}

export const indexedFunction = ({
  entry: fn,
  duplicates,
  textKey,
}: {
  readonly entry: SearchEntry;
  readonly duplicates: readonly DuplicatePlace[];
  readonly textKey?: string;
}): IndexedFunction => ({
  id: fn.id,
  repository: fn.repository,
  path: fn.path,
  startLine: fn.startLine,
  endLine: fn.endLine,
  language: fn.language,
  qualifiedName: fn.qualifiedName,
  signature: fn.signature,
  summary: fn.summary,
  source: fn.source,
  role: fn.role,
  duplicates,
  textKey: textKey ?? null,
});

export const INDEX_FORMAT = 4;

/**
 * index/index.json, written last: an index without it is not finished.
 *
 * Everything needed to filter and to find a line is here in columns, so that opening an index reads no function.
 */
export interface IndexManifest {
  readonly format: typeof INDEX_FORMAT;
  /** Entries in all, what is no function included. */
  readonly functions: number;
  /** 0 for an index without a model, which has no vectors. */
  readonly dimensions: number;
  /** Length of the longest vector: bounds the rounding of its scores. */
  readonly largestNorm: number;
  /** Of the model whose vectors these are, see {@link modelFingerprint}; null without one. */
  readonly model: string | null;
  /** The model's folder, a relative one from that of the index; null for `model` in the run that the index is part of. */
  readonly modelFolder: string | null;
  /** Entries by role. */
  readonly roles: Readonly<Partial<Record<EntryRole, number>>>;
  /** What was left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Near-duplicates that are found under others. */
  readonly folded: number;
  readonly repositories: readonly IndexedRepository[];
  readonly languages: readonly CountedName[];
  /** What it was made of; null where that is not known, or files changed meanwhile. */
  readonly madeOf: IndexSources | null;
  /** One entry per function. */
  readonly rows: {
    /** Bytes of its line in functions.jsonl, line break included. */
    readonly bytes: readonly number[];
    readonly repository: readonly number[];
    readonly language: readonly number[];
  };
}

/** Tells whether an index made again would be the same. */
export interface IndexSources {
  /** Of options, code, model, and all files that were looked at. */
  readonly digest: string;
  /** Of each folder those below it that were not looked into. */
  readonly skipped: readonly (readonly string[])[];
}

export interface CountedName {
  readonly name: string;
  readonly functions: number;
}

export interface IndexedRepository extends CountedName {
  /** Where its files lay when it was read; null where that is not known. */
  readonly root: string | null;
  /** What they were then; empty where that is not known. */
  readonly files: readonly ReadFileState[];
}

const SAMPLES = 64;
const SAMPLE_BYTES = 4096;

/**
 * Distinguishes models by the names and sizes of the folder's files and by samples spread evenly over each of them. Reading
 * all of a large model would take longer than a search may.
 */
export const modelFingerprint = (folder: string): string => {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(SAMPLE_BYTES);
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const stats = statSync(path);
    if (!stats.isFile()) continue;
    hash.update(`${name}\0${stats.size}\0`);
    const file = openSync(path, 'r');
    try {
      const last = Math.max(0, stats.size - SAMPLE_BYTES);
      const samples = stats.size <= SAMPLES * SAMPLE_BYTES ? Math.ceil(stats.size / SAMPLE_BYTES) : SAMPLES;
      for (let i = 0; i < samples; i++) {
        const at = samples < SAMPLES ? i * SAMPLE_BYTES : Math.floor((last * i) / (SAMPLES - 1));
        hash.update(piece.subarray(0, readSync(file, piece, 0, SAMPLE_BYTES, at)));
      }
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
};
