import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import {
  cachedCommit,
  checkRepository,
  isCommit,
  isThere,
  placeBlob,
  type Repository,
  type RepositoryType,
  repositoryFolder,
  shownRepository,
  snapshotPath,
} from './cache-layout.js';
import { downloadBlob } from './download-blob.js';
import { HubClient, type HubFile } from './hub-client.js';
import { HubError } from './hub-error.js';
import { type HubOptions, type HubSettings, hubSettings } from './hub-settings.js';

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is coming. */
  readonly file: string;
  /** Bytes that are there, of all files that were missing. */
  readonly done: number;
  readonly total: number;
}

/** Which repository of the hub is opened, at which revision, and which of its files. */
export interface OpenSnapshotOptions extends HubOptions {
  /** @defaultValue 'model' */
  readonly type?: RepositoryType;
  /**
   * A branch, a tag or a commit.
   * @defaultValue 'main'
   */
  readonly revision?: string;
  /**
   * Which files are wanted, by their paths in the repository.
   * @defaultValue all
   */
  readonly include?: (path: string) => boolean;
  /**
   * Whether a folder of the cache has all that is wanted: it is then taken, and the hub not asked.
   * @defaultValue the hub is asked
   */
  readonly isComplete?: (folder: string) => boolean | Promise<boolean>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /**
   * Milliseconds before the second of at most five attempts; doubled for each later one.
   * @defaultValue 500
   */
  readonly retryDelayMs?: number;
}

const OPEN_SNAPSHOT_OPTIONS: OptionNames<OpenSnapshotOptions> = {
  endpoint: true,
  token: true,
  offline: true,
  cacheFolder: true,
  type: true,
  revision: true,
  include: true,
  isComplete: true,
  onProgress: true,
  signal: true,
  retryDelayMs: true,
};

/** A repository on this machine. */
export interface Snapshot {
  readonly folder: string;
  readonly commit: string;
  /** Bytes that came from the hub. */
  readonly downloaded: number;
}

/**
 * A repository in the hub's cache; null where it is not there. Nothing is downloaded.
 *
 * @throws RangeError when the name cannot be one of a repository.
 */
export const findSnapshot = async (
  name: string,
  options: Pick<OpenSnapshotOptions, 'type' | 'revision' | 'cacheFolder'> = {},
): Promise<Snapshot | null> => {
  checkOptions('findSnapshot', options, { type: true, revision: true, cacheFolder: true });
  const { type = 'model', revision = 'main' } = options;
  checkRepository({ type, name, revision });
  const { cacheFolder } = await hubSettings(options);
  return cachedSnapshot(cacheFolder, { type, name, revision });
};

const cachedSnapshot = async (cacheFolder: string, repository: Repository): Promise<Snapshot | null> => {
  const root = repositoryFolder(cacheFolder, repository);
  const commit = await cachedCommit(root, repository.revision);
  if (commit === null) return null;
  const folder = join(root, 'snapshots', commit);
  return (await isThere(folder)) ? { folder, commit, downloaded: 0 } : null;
};

const refuseOffline = (repository: Repository, { cacheFolder }: HubSettings, partial: boolean): HubError =>
  new HubError(
    'offline',
    `${shownRepository(repository)} at ${repository.revision} is ${partial ? 'not whole' : 'not'} in ${cacheFolder}, and ` +
      'HF_HUB_OFFLINE forbids to download it: unset it, or download it elsewhere and copy the cache',
  );

/** Brings the wanted files of a commit into the cache, contents first, so that a snapshot has only whole ones. */
const fetchFiles = async (
  client: HubClient,
  root: string,
  commit: string,
  { include = () => true, onProgress, signal }: OpenSnapshotOptions,
): Promise<Snapshot> => {
  const folder = join(root, 'snapshots', commit);
  const wanted: { readonly file: HubFile; readonly path: string; readonly blob: string }[] = [];
  for await (const file of client.files(commit)) {
    if (!include(file.path)) continue;
    const path = snapshotPath(folder, file.path);
    if (!(await isThere(path))) wanted.push({ file, path, blob: join(root, 'blobs', file.etag) });
  }
  const missing: typeof wanted = [];
  // Two files may have the same content.
  const contents = new Map(wanted.map((one) => [one.blob, one]));
  for (const one of contents.values()) if (!(await isThere(one.blob))) missing.push(one);
  const total = missing.reduce((sum, { file }) => sum + file.size, 0);
  let before = 0;
  for (const { file, blob } of missing) {
    const onBytes = (done: number) => onProgress?.({ file: file.path, done: before + done, total });
    await downloadBlob({ client, commit, file, blob, onBytes, signal });
    before += file.size;
    onProgress?.({ file: file.path, done: before, total });
  }
  await mkdir(folder, { recursive: true });
  for (const { path, blob } of wanted) await placeBlob(blob, path);
  return { folder, commit, downloaded: total };
};

/**
 * A repository of the Hugging Face hub as a folder: from the cache that Hugging Face's own tools share, or downloaded into
 * it.
 *
 * Files come whole, with the checksum that the hub names, or not at all; an interrupted download goes on where it
 * stopped. Where the hub cannot be reached, a snapshot of the revision that lies in the cache is taken.
 *
 * @param name `owner/name`.
 * @throws HubError when it is not in the cache and cannot be downloaded: offline, not found, no access, damaged, or the
 * package `@huggingface/hub` is not installed; the message says what to do.
 * @throws RangeError when the name cannot be one of a repository.
 *
 * @example
 * ```ts
 * import { openSnapshot } from 'oasis-embed/hub';
 * try {
 *   const include = (path: string) => /^[^/]+\.(json|txt|safetensors)$/.test(path);
 *   const { folder } = await openSnapshot('owner/name', { include, offline: true });
 *   console.log(folder);
 * } catch (error) {
 *   console.log((error as Error).message); // … is not in …/hub, and HF_HUB_OFFLINE forbids to download it: …
 * }
 * ```
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export const openSnapshot = async (name: string, options: OpenSnapshotOptions = {}): Promise<Snapshot> => {
  checkOptions('openSnapshot', options, OPEN_SNAPSHOT_OPTIONS);
  const { type = 'model', revision = 'main', isComplete, signal, retryDelayMs = 500 } = options;
  const repository: Repository = { type, name, revision };
  checkRepository(repository);
  const settings = await hubSettings(options);
  const cached = await cachedSnapshot(settings.cacheFolder, repository);
  const isWhole = cached !== null && isComplete !== undefined && (await isComplete(cached.folder));
  if (cached !== null && isWhole) return cached;
  if (settings.offline) {
    if (cached !== null && isComplete === undefined) return cached;
    throw refuseOffline(repository, settings, cached !== null);
  }
  const client = new HubClient({
    settings,
    repository,
    retryDelayMs,
    ...(signal === undefined ? {} : { signal }),
  });
  const root = repositoryFolder(settings.cacheFolder, repository);
  try {
    const commit = isCommit(revision) ? revision : await client.commit();
    const snapshot = await fetchFiles(client, root, commit, options);
    if (commit !== revision) {
      const ref = join(root, 'refs', ...revision.split('/'));
      await mkdir(dirname(ref), { recursive: true });
      await writeFileAtomic(ref, commit);
    }
    return snapshot;
  } catch (error) {
    if (
      error instanceof HubError &&
      error.kind === 'unreachable' &&
      cached !== null &&
      isComplete === undefined
    ) {
      return cached;
    }
    throw error;
  }
};
