import { type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface WatchTreeOptions {
  /** Names of folders that are not looked into. */
  readonly skipped: RegExp;
  /** Told the path of what changed, from the root; null where the system does not say. */
  readonly onChange: (path: string | null) => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

export interface TreeWatcher {
  /** Folders, or one for a tree that the system watches as a whole. */
  readonly watched: number;
  close(): void;
}

/** Systems that watch a tree as a whole; elsewhere Node would watch each file of it. */
const WATCHES_TREES = process.platform === 'darwin' || process.platform === 'win32';

/** Folders go while they are looked at, and some may not be read. */
const GONE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

/**
 * Watches a folder and all below it. Where the system has no watch of a whole tree, each folder is watched, none of its files: a
 * repository of 100,000 files in 1,000 folders takes 1,000 watches.
 */
export const watchTree = (root: string, { skipped, onChange, onError }: WatchTreeOptions): TreeWatcher => {
  const watchers = new Map<string, FSWatcher>();
  const close = () => {
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
  if (WATCHES_TREES) {
    const watcher = watch(root, { recursive: true }, (_event, name) => onChange(name));
    watchers.set(root, watcher.on('error', onError));
    return { watched: 1, close };
  }
  /** A folder that was moved or removed is watched no longer, nor is what was below it. */
  const forget = (folder: string) => {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(`${folder}${sep}`)) continue;
      watcher.close();
      watchers.delete(path);
    }
  };
  const noteRename = (path: string) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) forget(path);
    else if (stats.isDirectory()) add(path);
  };
  const add = (folder: string): void => {
    if (watchers.has(folder)) return;
    const watcher = watch(folder, (event, name) => {
      if (name === null) return onChange(null);
      const path = join(folder, name);
      try {
        if (event === 'rename' && !skipped.test(name)) noteRename(path);
      } catch (error) {
        // No caller is there to catch it, such as when the system has no watch left.
        onError(error as NodeJS.ErrnoException);
      }
      onChange(relative(root, path));
    });
    watchers.set(folder, watcher);
    watcher.on('error', (error: NodeJS.ErrnoException) => {
      forget(folder);
      if (!GONE.has(error.code)) onError(error);
    });
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || skipped.test(entry.name)) continue;
      try {
        add(join(folder, entry.name));
      } catch (error) {
        if (!GONE.has((error as NodeJS.ErrnoException).code)) throw error;
        forget(join(folder, entry.name));
      }
    }
  };
  try {
    add(root);
  } catch (error) {
    close();
    throw error;
  }
  return {
    get watched() {
      return watchers.size;
    },
    close,
  };
};
