import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let known: string | undefined;

/**
 * What this package's own code is known by: what one version found in a file is not what another finds.
 *
 * A digest of the file that this code was loaded from and of the code beside it: chunks of a build are named by
 * their content; unbuilt, all of `corpus` and `syntax` counts.
 */
export const codeFingerprint = (): string => {
  if (known !== undefined) return known;
  const own = fileURLToPath(import.meta.url);
  const hash = createHash('sha256');
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && own.endsWith('.ts')) add(path);
      else if (/\.[cm]?[jt]s$/.test(entry.name)) hash.update(`${entry.name}\0`).update(readFileSync(path));
    }
  };
  if (own.endsWith('.ts')) for (const folder of ['..', '../../syntax']) add(join(dirname(own), folder));
  else add(dirname(own));
  known = hash.digest('hex');
  return known;
};
