import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

const CHUNK = 1_048_576;

const sizeOf = async (path: string): Promise<number | null> =>
  stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );

const readChunk = async (file: FileHandle, position: number) => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, position);
  return buffer.subarray(0, bytesRead);
};

/** Whether two files hold the same bytes; a missing one holds none. */
const areEqual = async (a: string, b: string): Promise<boolean> => {
  const size = await sizeOf(a);
  if (size === null || size !== (await sizeOf(b))) return false;
  const files: FileHandle[] = [];
  try {
    for (const path of [a, b]) files.push(await open(path, 'r'));
    for (let at = 0; at < size; at += CHUNK) {
      const [one, other] = await Promise.all(files.map((file) => readChunk(file, at)));
      if (!one!.equals(other!)) return false;
    }
    return true;
  } finally {
    for (const file of files) await file.close();
  }
};

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
};

const moveFile = async (from: string, to: string, file: string): Promise<void> => {
  await mkdir(dirname(join(to, file)), { recursive: true });
  await rename(join(from, file), join(to, file));
};

const asideOf = (target: string): string => `${target}.old`;

/** Two folders that differ in much cannot be swapped at once by every file system. */
const swapFolders = async (next: string, target: string): Promise<void> => {
  const aside = asideOf(target);
  await rm(aside, { recursive: true, force: true });
  await rename(target, aside);
  await rename(next, target);
  await rm(aside, { recursive: true, force: true });
};

let foldersWritten = 0;

/** When a folder counts as whole, and what may already lie in it. */
export interface WriteFolderOptions {
  /**
   * The file without which nobody takes the folder for whole. Given, files of other names that lie in the folder stay;
   * not given, the new folder takes the place of the old one, which is lost.
   */
  readonly last?: string;
}

/**
 * Fills a folder with files so that it never looks whole while it is not; what fails leaves nothing behind.
 *
 * All files are written to a folder beside it first. One that was not there appears with one rename. In one that was
 * there, files that hold the same bytes stay, and a single other one, as the weights of a model that is saved again, is
 * replaced by one rename. Where more differ and `last` is given, they move one by one, `last` at the end, after the old
 * `last` was taken away; without it, the old folder is set aside as `TARGET.old` for the moment between two renames.
 *
 * @param write Writes the files below the folder that it is given, which is there and empty.
 */
export const writeFolder = async (
  directory: string,
  write: (temporary: string) => Promise<void>,
  { last }: WriteFolderOptions = {},
): Promise<void> => {
  const target = resolve(directory);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${foldersWritten++}.tmp`);
  await mkdir(temporary);
  try {
    await write(temporary);
    if (!(await isThere(target))) {
      await rename(temporary, target);
      // Left by a process that was killed between the two renames of a swap.
      if (last === undefined) await rm(asideOf(target), { recursive: true, force: true });
      return;
    }
    const files = await filesOf(temporary);
    const changed: string[] = [];
    for (const file of files)
      if (!(await areEqual(join(temporary, file), join(target, file)))) changed.push(file);
    const keepsOthers = last !== undefined || files.join('\n') === (await filesOf(target)).join('\n');
    if (keepsOthers && changed.length <= 1) {
      for (const file of changed) await moveFile(temporary, target, file);
    } else if (last === undefined) {
      await swapFolders(temporary, target);
    } else {
      await rm(join(target, last), { force: true });
      for (const file of [...files.filter((name) => name !== last), last])
        await moveFile(temporary, target, file);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};
