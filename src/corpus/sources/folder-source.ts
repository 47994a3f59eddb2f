import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositorySource, SourceEntry } from './repository-source.js';

// A link that took the file's place is not followed, and a pipe that did is not waited for.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const readRegular = (path: string, maxBytes: number): Uint8Array | 'too-large' | 'unreadable' => {
  const file = openSync(path, FLAGS);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return 'unreadable';
    if (status.size > maxBytes) return 'too-large';
    // All of it is written to, or what is not is cut off.
    const bytes = Buffer.allocUnsafeSlow(status.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(file, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } finally {
    closeSync(file);
  }
};

/**
 * A repository as it stands in a folder.
 *
 * Files are read synchronously: parsing keeps the thread busy anyway, and a round through the thread pool takes
 * longer than reading a source file.
 */
export const folderSource = (root: string): RepositorySource => ({
  commit: null,
  hasIgnoredFiles: true,
  async entries(folder) {
    return readdirSync(join(root, folder), { withFileTypes: true }).map((entry): SourceEntry => {
      const kind = entry.isDirectory()
        ? 'folder'
        : entry.isFile()
          ? 'file'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other';
      return { name: entry.name, kind };
    });
  },
  size(path) {
    try {
      return lstatSync(join(root, path)).size;
    } catch {
      return -1;
    }
  },
  async read(path, maxBytes) {
    try {
      return readRegular(join(root, path), maxBytes);
    } catch {
      return 'unreadable';
    }
  },
});
