import { folderSource } from '../sources/folder-source.js';
import { readLicenses, tellsLicense } from './read-licenses.js';

/**
 * The license of a folder of code as an SPDX expression, by its manifest (`package.json`, `Cargo.toml`,
 * `pyproject.toml`, `pom.xml`, …) or else by the words of its license files; null where neither says.
 *
 * @example
 * ```ts
 * import { repositoryLicense } from 'oasis-embed/corpus';
 * await repositoryLicense('no/such/folder'); // null
 * ```
 */
export const repositoryLicense = async (root: string): Promise<string | null> => {
  const source = folderSource(root);
  try {
    const entries = await source.entries('');
    const names = entries
      .filter(({ kind, name }) => kind === 'file' && tellsLicense(name))
      .map(({ name }) => name);
    return (await readLicenses(source, new Map([['', names]]))).of('');
  } catch {
    // A folder that cannot be read names no license.
    return null;
  }
};
