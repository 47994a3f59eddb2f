import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createAnalysisCache } from 'oasis-embed/corpus';
import { type EngineChoice, selectBackend } from 'oasis-embed/training';
import { loadTextModel } from '../models/text-model.js';
import type { ModelEngine } from '../options/model-engine.js';
import { createRunFolder } from '../store/run-folder.js';
import type { ReadFileState } from './entries/file-pieces.js';
import { repositoryEntries } from './entries/repository-entries.js';
import type { SearchEntry } from './entries/search-entry.js';
import { type IndexManifest, modelFingerprint } from './index-format.js';
import { readKeptVectors } from './kept-vectors.js';
import type { SourceFolder } from './source-folders.js';
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
}

/** A pattern file for this tool alone, beside .gitignore. */
const IGNORE_FILE = '.oasisignore';

const ignorePatterns = (root: string): string[] => {
  const path = join(root, IGNORE_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
};

/** Files that .gitattributes calls vendored or generated. */
const attributePatterns = (root: string): string[] => {
  const path = join(root, '.gitattributes');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => {
      const [pattern, ...attributes] = line.trim().split(/\s+/);
      const isOthers = attributes.some((attribute) =>
        /^linguist-(?:vendored|generated)(?:=true)?$/.test(attribute),
      );
      return pattern !== undefined && isOthers ? [pattern] : [];
    });
};

/** A run's model where a run is named, else the folder itself. */
const modelFolderOf = (folder: string): string => {
  const ofRun = join(folder, 'model');
  return !existsSync(join(folder, 'config.json')) && existsSync(join(ofRun, 'config.json')) ? ofRun : folder;
};

/**
 * Makes some folders searchable: reads what is in them, and gives it vectors where there is a model. Files that did not
 * change since the last time are not parsed again, and texts that did not change keep their vectors.
 */
export const indexFolders = async (
  folders: readonly SourceFolder[],
  { out, model, includeTests, exclude, maxFileBytes, engine, onProgress }: IndexFoldersOptions,
): Promise<IndexedFolders> => {
  const started = performance.now();
  const run = createRunFolder(out);
  const cache = createAnalysisCache({ folder: join(out, 'parsed') });
  // This thread mostly waits while others parse.
  const workers = availableParallelism() === 1 ? 0 : Math.min(4, availableParallelism());
  const entries: SearchEntry[] = [];
  const files = new Map<string, readonly ReadFileState[]>();
  const leftOut: Record<string, number> = {};
  for (const { name, root, only } of folders) {
    const read = await repositoryEntries(root, {
      repository: name,
      includeTests: includeTests || only !== undefined,
      exclude: [...exclude, ...ignorePatterns(root), ...attributePatterns(root)],
      ...(only === undefined ? {} : { include: [`/${only}`] }),
      maxFileBytes,
      workers: existsSync(run.path('indexManifest')) ? 0 : workers,
      cache,
      onProgress: (done, total) => onProgress?.(done, total, name),
    });
    for (const entry of read.entries) entries.push(entry);
    files.set(name, read.files);
    for (const [reason, count] of Object.entries(read.leftOut))
      leftOut[reason] = (leftOut[reason] ?? 0) + count;
  }
  const roots = new Map(folders.map(({ name, root }) => [name, root]));
  const finish = (manifest: IndexManifest, engine: EngineChoice | null = null): IndexedFolders => ({
    manifest,
    engine: engine?.summary ?? null,
    seconds: (performance.now() - started) / 1000,
    parsed: cache.misses,
    kept: cache.hits,
  });
  if (model === null) return finish(await writeIndex(run, entries, { model: null, roots, files, leftOut }));
  const folder = modelFolderOf(model);
  await selectBackend('auto');
  const loaded = await loadTextModel(folder, { engine });
  try {
    const fingerprint = modelFingerprint(folder);
    const manifest = await writeIndex(run, entries, {
      model: { model: loaded, fingerprint, folder },
      kept: await readKeptVectors(run, fingerprint),
      roots,
      files,
      leftOut,
      onProgress: (done, total) => onProgress?.(done, total, 'vectors'),
    });
    return finish(manifest, loaded.engine);
  } finally {
    await loaded.close();
  }
};
