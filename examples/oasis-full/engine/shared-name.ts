import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../store/make-folder.js';
import { asStoreError } from '../store/store-error.js';

/** File systems without hard links say one of these. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** Puts a name into a file, unless there is one: whole, since the others of a run start at the same time and read it. */
const nameFile = (path: string, name: string): void => {
  const own = join(dirname(path), `.${name}.tmp`);
  try {
    writeFileSync(own, name, { flag: 'wx' });
    linkSync(own, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (NO_LINKS.has(code)) writeFileSync(path, name, { flag: 'wx' });
    else throw error;
  } finally {
    rmSync(own, { force: true });
  }
};

const still = new Int32Array(new SharedArrayBuffer(4));

/** Milliseconds for whoever names a file to write the name, where it cannot be linked. */
const NAMING_MS = 5000;

/**
 * A random name that lies in a shared folder, so that whoever has the folder finds it. Everybody gets the same one, also
 * those who ask at the same moment: two names would be two queues, or two budgets.
 *
 * @throws Error where the file holds something else; StoreError where it cannot be written.
 */
export const sharedName = (path: string): string => {
  try {
    makeFolder(dirname(path));
    if (!existsSync(path)) nameFile(path, randomBytes(6).toString('hex'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asStoreError(error, path);
  }
  const end = performance.now() + NAMING_MS;
  for (;;) {
    const text = readFileSync(path, 'utf8');
    if (/^[0-9a-f]{12}\n?$/.test(text)) return text.trim();
    if (performance.now() > end || !/^[0-9a-f]{0,11}$/.test(text))
      throw new Error(
        `${path} must hold a name of 12 hexadecimal digits, received ${JSON.stringify(text)}: remove it`,
      );
    Atomics.wait(still, 0, 0, 10);
  }
};
