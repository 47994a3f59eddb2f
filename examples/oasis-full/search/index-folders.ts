import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createAnalysisCache } from 'oasis-embed/corpus';
import { isOnnxFile } from '../models/onnx-file.js';
import type { ModelEngine } from '../options/model-engine.js';
import { codeVersion } from '../store/code-version.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { onceUnlocked } from '../store/run-lock.js';
import { INDEX_FORMAT, type IndexManifest, modelFingerprint } from './index-format.js';
import { loadIndexModel } from './index-model.js';
import { openIndex } from './index-reader.js';
import { readKeptVectors } from './kept-vectors.js';
import { readFolders } from './read-folders.js';
import type { SourceFolder } from './source-folders.js';
import { treeState } from './tree-state.js';
import { writeIndex } from './write-index.js';

/** What an index is made of, and how. */
export interface IndexFoldersOptions {
  /** The index's own folder. */
  readonly out: string;
  /** The folder of a model, or of a run; null for words alone. */
  readonly model: string | null;
  readonly includeTests: boolean;
  /** Patterns as in .gitignore. */
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  readonly engine?: ModelEngine;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

/** What `index` did. */
export interface IndexedFolders {
  readonly manifest: IndexManifest;
  /** What embedded the texts and why; null without a transformer. */
  readonly engine: string | null;
  readonly seconds: number;
  /** Files that had to be parsed, and those that an earlier index had read. */
  readonly parsed: number;
  readonly kept: number;
  /** Whether the index was left as it is. */
  readonly unchanged: boolean;
}

/** A run's model where a run is named, else the folder itself. @throws Error where it is neither. */
const modelFolderOf = (folder: string): string => {
  const ofRun = join(folder, 'model');
  const isModel = (path: string) => isOnnxFile(path) || existsSync(join(path, 'config.json'));
  if (isModel(folder)) return folder;
  if (isModel(ofRun)) return ofRun;
  throw new Error(
    existsSync(join(folder, 'adapter_config.json'))
      ? `--model: ${folder} holds low-rank updates alone; expected the model that they are merged into, such as ${join(dirname(folder), 'model')}`
      : `--model: expected the folder of a model or of a run, received ${folder}, which has neither config.json nor model/config.json`,
  );
};

/** Files whose times are within this of the reading may have changed during it: clocks of file systems tick. */
const TICK_MS = 20;

/** Commits to everything that an index follows from; null where a file changed while it was made. */
const sourcesDigest = (
  { root: own }: RunFolder,
  folders: readonly SourceFolder[],
  skipped: readonly (readonly string[])[],
  settings: unknown,
  before = Number.POSITIVE_INFINITY,
): string | null => {
  // An index that lies in what it is of is none of its sources.
  const ownPath = (root: string) => `${relative(root, resolve(own)).replaceAll('\\', '/')}/`;
  const states = folders.map(({ root }, i) => treeState(root, new Set([...skipped[i]!, ownPath(root)])));
  if (states.some(({ newest }) => newest >= before - TICK_MS)) return null;
  const all = { settings, folders, trees: states.map(({ digest }) => digest) };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
};

/** The manifest of a whole index that these folders and settings would give again. */
const unchangedIndex = async (
  run: RunFolder,
  folders: readonly SourceFolder[],
  settings: unknown,
): Promise<IndexManifest | null> => {
  if (!existsSync(run.path('indexManifest'))) return null;
  try {
    const { manifest, close } = await openIndex(run);
    await close();
    // Older indexes do not say.
    const madeOf = manifest.madeOf ?? null;
    if (madeOf === null || madeOf.skipped.length !== folders.length) return null;
    return sourcesDigest(run, folders, madeOf.skipped, settings) === madeOf.digest ? manifest : null;
  } catch {
    // A damaged index is made anew.
    return null;
  }
};

/**
 * Makes some folders searchable: reads what is in them, and gives it vectors where there is a model. Where nothing has
 * changed since the last time, nothing is done; else files that did not change are not parsed again, and texts that did not
 * change keep their vectors.
 */
export const indexFolders = async (
  folders: readonly SourceFolder[],
  { out, model, engine, onProgress, ...reading }: IndexFoldersOptions,
): Promise<IndexedFolders> => {
  const started = performance.now();
  // First of all: minutes of parsing must not end at a wrong path.
  const folder = model === null ? null : modelFolderOf(model);
  const fingerprint = folder === null ? null : modelFingerprint(folder);
  const run = createRunFolder(out);
  const settings = { ...reading, folder, fingerprint, format: INDEX_FORMAT, code: codeVersion() };
  const finish = (manifest: IndexManifest, done: Partial<IndexedFolders> = {}): IndexedFolders => ({
    manifest,
    engine: null,
    seconds: (performance.now() - started) / 1000,
    parsed: 0,
    unchanged: false,
    kept: manifest.repositories.reduce((sum, { files }) => sum + files.length, 0),
    ...done,
  });
  const asItIs = async (): Promise<IndexedFolders | null> => {
    const manifest = await unchangedIndex(run, folders, settings);
    return manifest === null ? null : finish(manifest, { unchanged: true });
  };
  const make = async (): Promise<IndexedFolders> => {
    const startedAt = Date.now();
    const cache = createAnalysisCache({ folder: join(out, 'parsed') });
    // This thread mostly waits while others parse.
    const workers = availableParallelism() === 1 ? 0 : Math.min(4, availableParallelism());
    const { files, leftOut, skipped, entries } = await readFolders(folders, {
      ...reading,
      cache,
      workers: existsSync(run.path('indexManifest')) ? 0 : workers,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const digest = sourcesDigest(run, folders, skipped, settings, startedAt);
    const origin = {
      roots: new Map(folders.map(({ name, root }) => [name, root])),
      files,
      leftOut,
      madeOf: digest === null ? null : { digest, skipped },
    };
    const counts = () => ({ parsed: cache.misses, kept: cache.hits });
    if (folder === null || fingerprint === null)
      return finish(await writeIndex(run, entries, { model: null, ...origin }), counts());
    const loaded = await loadIndexModel(folder, engine);
    try {
      const manifest = await writeIndex(run, entries, {
        model: { model: loaded, fingerprint, folder },
        kept: await readKeptVectors(run, fingerprint),
        ...origin,
        onProgress: (done, total) => onProgress?.(done, total, 'vectors'),
      });
      return finish(manifest, { ...counts(), engine: loaded.engine?.summary ?? null });
    } finally {
      await loaded.close();
    }
  };
  // Who waited for another process may find that it has done the same.
  return (await asItIs()) ?? onceUnlocked(out, 'index', async () => (await asItIs()) ?? make());
};
