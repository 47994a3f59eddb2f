import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findFolder = (): string => {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; dirname(folder) !== folder; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const { name } = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: string };
    if (name === 'oasis-full') return folder;
  }
  throw new Error(`no package.json of oasis-full above ${here}`);
};

/** The folder of this package, in a checkout and where it is installed. */
export const packageFolder = findFolder();

/** The version of this package. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { readonly version: string })
    .version;

/** Whether it is a checkout's script that runs, `npm run oasis-full`, not the command of an installed package. */
export const runsFromCheckout = (): boolean => process.env.npm_lifecycle_event === 'oasis-full';
