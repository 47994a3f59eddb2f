import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  breakLock,
  holderOf,
  holdLock,
  isRunning,
  type LockHolder,
  ownHolder,
  readLock,
} from './lock-file.js';
import { makeFolder } from './make-folder.js';
import { LOCK } from './run-folder.js';
import { asStoreError } from './store-error.js';

/** Who works on a folder. */
interface Holder extends LockHolder {
  readonly command: string;
}

/** Another process works on the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/** Milliseconds between two signs of life. */
const HEARTBEAT = 10_000;
/** Milliseconds without one after which a process of another machine is taken for dead. */
const SILENCE = 10 * 60_000;

const isAlive = (holder: Holder, lastSign: number): boolean =>
  isRunning(holder) ?? Date.now() - lastSign < SILENCE;

const refusal = (root: string, path: string, holder: Holder | null): FolderInUse => {
  if (holder === null)
    return new FolderInUse(`${root} is in use; if no other run works on it, remove ${path}`);
  const { host, pid, since, command } = holder;
  const elsewhere =
    host === hostname()
      ? ''
      : `; if that machine no longer runs it, remove ${path} or wait ${SILENCE / 60_000} minutes`;
  return new FolderInUse(
    `${root} is in use: process ${pid} on ${host} has worked on it since ${since} (oasis-full ${command})${elsewhere}`,
  );
};

/**
 * Keeps a run's folder to this process until the returned function is called or the process ends. A lock that a killed
 * process left is broken: on the same machine at once, from another machine after ten minutes without a sign of life.
 *
 * @throws FolderInUse that names machine and process; StoreError where the folder cannot be written.
 */
export const lockFolder = (root: string, command: string): (() => void) => {
  const path = join(root, LOCK);
  const own = JSON.stringify({ ...ownHolder(), command } satisfies Holder);
  try {
    makeFolder(root);
  } catch (error) {
    throw asStoreError(error, root);
  }
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, own, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asStoreError(error, path);
    }
    const found = readLock(path);
    if (found === null) continue;
    const holder = holderOf<Holder>(found.text);
    // A lock without its text may be one that is being written.
    const lives = holder === null ? Date.now() - found.lastSign < HEARTBEAT : isAlive(holder, found.lastSign);
    if (lives || attempt > 10) throw refusal(root, path, holder);
    breakLock(path, found.text);
  }
  const letGo = holdLock(path, own, HEARTBEAT);
  const release = () => {
    process.off('exit', release);
    letGo();
  };
  process.on('exit', release);
  return release;
};

/** Does work on a run's folder that no other process may do at the same time. */
export const whileLocked = async <T>(root: string, command: string, work: () => Promise<T>): Promise<T> => {
  const release = lockFolder(root, command);
  try {
    return await work();
  } finally {
    release();
  }
};

/** Milliseconds between two looks at a lock that others have. */
const LOOK = 100;

/**
 * The same for short work, such as an index: waits for whoever is at it.
 *
 * @throws FolderInUse where that takes longer than `patienceMs`.
 */
export const onceUnlocked = async <T>(
  root: string,
  command: string,
  work: () => Promise<T>,
  patienceMs = 60_000,
): Promise<T> => {
  const end = Date.now() + patienceMs;
  for (;;) {
    let release: () => void;
    try {
      release = lockFolder(root, command);
    } catch (error) {
      if (!(error instanceof FolderInUse) || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      continue;
    }
    try {
      return await work();
    } finally {
      release();
    }
  }
};
