import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isThere } from './cache-layout.js';
import type { HubClient, HubFile } from './hub-client.js';
import { HubError } from './hub-error.js';
import { shownBytes } from './shown-bytes.js';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Takes what an interrupted download has left: `<etag>.incomplete`, as Python's tool names it, or one of a process of ours
 * that is gone. A rename is atomic, so of two processes one gets it.
 *
 * @returns The file of this process, which may not exist.
 */
const claimPartial = async (blob: string): Promise<string> => {
  const own = `${blob}.${process.pid}.incomplete`;
  const names = await readdir(dirname(blob)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${basename(blob)}.`) || !name.endsWith('.incomplete')) continue;
    const pid = Number(/\.(\d+)\.incomplete$/.exec(name)?.[1] ?? 0);
    if (pid > 0 && pid !== process.pid && isRunning(pid)) continue;
    const path = join(dirname(blob), name);
    if (
      path === own ||
      (await rename(path, own).then(
        () => true,
        () => false,
      ))
    )
      break;
  }
  return own;
};

/** Git's hash of a file counts its kind and size in. */
const createChecksum = ({ isLarge, size }: HubFile): Hash =>
  isLarge ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0;

/** @throws HubError when the disk has no room for what is missing. */
const requireRoom = async (folder: string, file: HubFile, missing: number): Promise<void> => {
  const space = await statfs(folder).catch(() => null);
  if (space === null || space.bavail * space.bsize >= missing) return;
  throw new HubError(
    'refused',
    `${file.path} needs ${shownBytes(missing)}, ${folder} has ${shownBytes(space.bavail * space.bsize)} left`,
  );
};

/** Which file is downloaded, at which commit, and where to. */
export interface DownloadBlobOptions {
  readonly client: HubClient;
  readonly commit: string;
  readonly file: HubFile;
  /** Where the content goes once it is whole and right. */
  readonly blob: string;
  /** Called with the bytes that are there. */
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Appends what is missing; the number of bytes that are there then. */
const fetchRest = async (options: DownloadBlobOptions, partial: string): Promise<number> => {
  const { client, commit, file, onBytes } = options;
  let done = await sizeOf(partial);
  if (done > file.size) {
    await rm(partial, { force: true });
    done = 0;
  }
  if (done === file.size && done > 0) return done;
  const response = await client.fetch(client.address(commit, file), {
    headers: { 'Accept-Encoding': 'identity', ...(done === 0 ? {} : { Range: `bytes=${done}-` }) },
  });
  // A server that knows no ranges sends everything.
  if (done > 0 && response.status !== 206) done = 0;
  const handle = await open(partial, done === 0 ? 'w' : 'a');
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      await handle.writeFile(chunk);
      done += chunk.length;
      onBytes(done);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return done;
};

/** What this process is downloading, by where it goes: two calls would write into one file. */
const underWay = new Map<string, Promise<void>>();

/**
 * Downloads a file's content into the cache: whole, with the right checksum, or not at all. What an interruption leaves
 * is taken up by the next download.
 *
 * @throws HubError when the content is not what the hub says it is, twice.
 */
export const downloadBlob = async (options: DownloadBlobOptions): Promise<void> => {
  const { blob } = options;
  for (let other = underWay.get(blob); other !== undefined; other = underWay.get(blob)) {
    // What stopped the other one may not stop this one.
    await other.catch(() => {});
    if (await isThere(blob)) return;
  }
  const own = download(options);
  underWay.set(blob, own);
  try {
    await own;
  } finally {
    underWay.delete(blob);
  }
};

const download = async (options: DownloadBlobOptions): Promise<void> => {
  const { file, blob } = options;
  await mkdir(dirname(blob), { recursive: true });
  const partial = await claimPartial(blob);
  await requireRoom(dirname(blob), file, file.size - (await sizeOf(partial)));
  let stalled = 0;
  let wrong = 0;
  for (;;) {
    const before = await sizeOf(partial);
    let done: number;
    try {
      done = await fetchRest(options, partial);
    } catch (error) {
      // Who stops a download may give any reason.
      if (error instanceof HubError || options.signal?.aborted) throw error;
      // The connection broke off: go on from there, unless nothing comes any more.
      done = await sizeOf(partial);
      stalled = done > before ? 0 : stalled + 1;
      if (stalled === 3) {
        throw new HubError(
          'unreachable',
          `${file.path}: the connection breaks off after ${done} of ${file.size} bytes`,
          {
            cause: error,
          },
        );
      }
      continue;
    }
    if (done < file.size) {
      stalled = done > before ? 0 : stalled + 1;
      if (stalled < 3) continue;
      throw new HubError('unreachable', `${file.path}: the hub sends ${done} of ${file.size} bytes`);
    }
    const checksum = createChecksum(file);
    for await (const chunk of createReadStream(partial)) checksum.update(chunk as Uint8Array);
    const found = checksum.digest('hex');
    if (done === file.size && found === file.etag) break;
    await rm(partial, { force: true });
    wrong += 1;
    if (wrong === 2) {
      throw new HubError(
        'damaged',
        `${file.path}: the content must have the checksum ${file.etag}, received ${found}; nothing was kept`,
      );
    }
  }
  await rename(partial, blob);
};
