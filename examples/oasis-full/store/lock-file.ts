import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that a lock file names. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own words: a process id is used again. Null where it does not tell. */
  readonly started: string | null;
  readonly since: string;
}

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

/** This process as the holder of a lock, from now on. */
export const ownHolder = (): LockHolder => ({
  host: hostname(),
  pid: process.pid,
  started: startOf(process.pid),
  since: new Date().toISOString(),
});

/** Whether a process runs; null for one of another machine, which cannot be asked. */
export const isRunning = ({ host, pid, started }: Omit<LockHolder, 'since'>): boolean | null => {
  if (host !== hostname()) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
};

/** What stands in a lock file and when its holder last gave a sign of life; null where there is none. */
export const readLock = (path: string): { readonly text: string; readonly lastSign: number } | null => {
  try {
    return { text: readFileSync(path, 'utf8'), lastSign: statSync(path).mtimeMs };
  } catch {
    return null;
  }
};

/** The holder that a lock file names; null where whoever wrote it died while writing, or is still writing. */
export const holderOf = <Holder extends LockHolder>(text: string): Holder | null => {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
};

/** Takes a dead process's lock away. Of several that try, one does; a lock that was taken meanwhile is put back. */
export const breakLock = (path: string, text: string): void => {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readLock(aside)?.text !== text) renameSync(aside, path);
  else rmSync(aside, { force: true });
};

/**
 * Gives signs of life for a lock that this process has taken, until the returned function is called, which removes the
 * lock unless somebody else has it by then.
 */
export const holdLock = (path: string, own: string, heartbeatMs: number): (() => void) => {
  const beat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // Somebody removed it, or the disk does not answer: the work itself will say so.
    }
  }, heartbeatMs);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (readLock(path)?.text === own) rmSync(path, { force: true });
  };
};
