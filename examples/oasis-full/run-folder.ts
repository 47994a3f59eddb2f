import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import writeFileAtomic from 'write-file-atomic';
import { makeFolder } from './store/make-folder.js';
import { asStoreError } from './store/store-error.js';

/** The files of one run, by what they hold. Everything below `stages/` is bookkeeping; the rest is for people. */
export const files = {
  run: 'run.json',
  functions: 'functions.jsonl',
  corpusCodes: 'corpus-codes.texts',
  docstrings: 'annotation/docstrings.jsonl',
  pairs: 'annotation/pairs.jsonl',
  vectors: 'annotation/vectors',
  dataset: 'dataset.jsonl',
  datasetParquet: 'dataset',
  mixture: 'mixture.json',
  refinement: 'refinement.jsonl',
  trainingTexts: 'training-texts',
  model: 'model',
  untrainedModel: 'model-untrained',
  adapter: 'adapter',
  checkpoints: 'checkpoints',
  curve: 'metrics.jsonl',
  logs: 'logs',
  metrics: 'metrics.json',
  ablation: 'ablation.json',
  ablationCells: 'ablation',
  indexManifest: 'index/index.json',
  indexVectors: 'index/vectors.safetensors',
  indexQuantized: 'index/quantized.safetensors',
  indexFunctions: 'index/functions.jsonl',
  report: 'report.html',
} as const;

/** The folder of a run that holds what its models answered. */
export const MODEL_CACHE = 'models';

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

export const readJsonIfThere = <T>(path: string): T | null => (existsSync(path) ? readJson<T>(path) : null);

/** Whole or not at all: temporary file, fsync, rename. */
export const writeText = async (path: string, text: string): Promise<void> => {
  try {
    makeFolder(dirname(path));
    await writeFileAtomic(path, text);
  } catch (error) {
    throw asStoreError(error, path);
  }
};

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`);

const openToWrite = async (temporary: string, path: string) => {
  try {
    makeFolder(dirname(path));
    return await open(temporary, 'w');
  } catch (error) {
    throw asStoreError(error, path);
  }
};

/** Streams rows to a JSONL file of any size, whole or not at all. Returns the SHA-256 of its bytes. */
export const writeJsonLines = async (
  path: string,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<string> => {
  // One name a file: what a killed run left is written over by the run that goes on.
  const temporary = `${path}.tmp`;
  const hash = createHash('sha256');
  const file = await openToWrite(temporary, path);
  try {
    let chunk = '';
    const flush = async () => {
      hash.update(chunk);
      await file.writeFile(chunk);
      chunk = '';
    };
    for await (const row of rows) {
      chunk += `${JSON.stringify(row)}\n`;
      if (chunk.length > 1 << 20) await flush();
    }
    await flush();
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw asStoreError(error, path);
  }
  return hash.digest('hex');
};

/** Reads a JSONL file row by row; a malformed row is an error that names file and line. */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    try {
      yield JSON.parse(line) as T;
    } catch (error) {
      throw new Error(`${path}:${number}: not a JSON value (${(error as Error).message})`);
    }
  }
}

export const readAllJsonLines = async <T>(path: string): Promise<T[]> => {
  const rows: T[] = [];
  for await (const row of readJsonLines<T>(path)) rows.push(row);
  return rows;
};

/** The rows of a JSONL file whose ids are asked for; reading ends with the last of them. */
export const jsonLinesById = async <Row extends { readonly id: string }>(
  path: string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Row>> => {
  const found = new Map<string, Row>();
  if (ids.size === 0) return found;
  for await (const row of readJsonLines<Row>(path)) {
    if (!ids.has(row.id)) continue;
    found.set(row.id, row);
    if (found.size === ids.size) break;
  }
  return found;
};

/** Empties a run's folder, but for the answers of models: those were paid for, and are found by their questions. */
export const removeResults = async (root: string): Promise<void> => {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    if (name !== MODEL_CACHE) await rm(join(root, name), { recursive: true, force: true });
  }
};

/** Binds the names of `files` to one folder. */
export const createRunFolder = (root: string) => ({
  root,
  path: (file: keyof typeof files) => join(root, files[file]),
  /** The place of a path that a shard left. */
  at: (relative: string) => join(root, relative),
  marker: (stage: string) => join(root, 'stages', `${stage}.json`),
});

export type RunFolder = ReturnType<typeof createRunFolder>;
