import { createRequire } from 'node:module';

/** Finds files of optional peers, from where this package is installed. */
export const requireHere = (): NodeJS.Require => createRequire(import.meta.url);

/** Whether a package can be imported, without loading it. */
export const isInstalled = (packageName: string): boolean => {
  try {
    requireHere().resolve(packageName);
    return true;
  } catch {
    return false;
  }
};
