import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

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

/** Those of some files, by relative path, that another folder lacks or has with other bytes. */
export const changedFiles = async (
  next: string,
  target: string,
  files: readonly string[],
): Promise<string[]> => {
  const changed: string[] = [];
  for (const file of files) if (!(await areEqual(join(next, file), join(target, file)))) changed.push(file);
  return changed;
};

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

/**
 * Puts a finished folder in the place of another, which is lost.
 *
 * One rename where the target is not there, and one where a single file differs, as the weights do between two states of
 * a model: whoever is interrupted leaves the old folder or the new one. Two folders that differ in more cannot be
 * swapped at once by every file system: the old one is set aside as `TARGET.old` for the moment between two renames.
 */
export const replaceFolder = async (next: string, target: string): Promise<void> => {
  const aside = `${target}.old`;
  const there = await stat(target).then(
    () => true,
    () => false,
  );
  if (!there) {
    await rename(next, target);
    await rm(aside, { recursive: true, force: true });
    return;
  }
  const files = await filesOf(next);
  const sameNames = files.join('\n') === (await filesOf(target)).join('\n');
  const changed = sameNames ? await changedFiles(next, target, files) : files;
  if (sameNames && changed.length <= 1) {
    for (const file of changed) await rename(join(next, file), join(target, file));
  } else {
    await rm(aside, { recursive: true, force: true });
    await rename(target, aside);
    await rename(next, target);
    await rm(aside, { recursive: true, force: true });
  }
  await rm(next, { recursive: true, force: true });
};
