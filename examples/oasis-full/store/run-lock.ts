import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';
import { LOCK } from './run-folder.js';
import { asStoreError } from './store-error.js';

/** Who works on a folder. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own words: a process id is used again. Null where it does not tell. */
  readonly started: string | null;
  readonly since: string;
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

/** Boot and start of a process, where the system tells (Linux). */
const startOf = (pid: number): string | null => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may itself hold spaces and brackets.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
};

const isAlive = ({ host, pid, started }: Holder, lastSign: number): boolean => {
  if (host !== hostname()) return Date.now() - lastSign < SILENCE;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
};

const read = (path: string): { readonly text: string; readonly lastSign: number } | null => {
  try {
    return { text: readFileSync(path, 'utf8'), lastSign: statSync(path).mtimeMs };
  } catch {
    return null;
  }
};

const holderOf = (text: string): Holder | null => {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null; // Whoever wrote it died while writing.
  }
};

/** Takes a dead process's lock away. Of several that try, one does; a lock that was taken meanwhile is put back. */
const breakLock = (path: string, text: string): void => {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside)?.text !== text) renameSync(aside, path);
  else rmSync(aside, { force: true });
};

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
  const own = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
    since: new Date().toISOString(),
    command,
  } satisfies Holder);
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
    const found = read(path);
    if (found === null) continue;
    const holder = holderOf(found.text);
    // A lock without its text may be one that is being written.
    const lives = holder === null ? Date.now() - found.lastSign < HEARTBEAT : isAlive(holder, found.lastSign);
    if (lives || attempt > 10) throw refusal(root, path, holder);
    breakLock(path, found.text);
  }
  const release = () => {
    clearInterval(beat);
    process.off('exit', release);
    if (read(path)?.text === own) rmSync(path, { force: true });
  };
  const beat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // Somebody removed it, or the disk does not answer: the run itself will say so.
    }
  }, HEARTBEAT);
  beat.unref();
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
