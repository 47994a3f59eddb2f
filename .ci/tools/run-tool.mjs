import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The installed version of a package, or undefined. */
const installedVersion = (folder, name) => {
  const installed = join(folder, 'node_modules', name);
  return existsSync(join(installed, 'package.json')) ? readManifest(installed).version : undefined;
};

const TEN_MINUTES = 600_000;

/** Runs one at a time of what works on a folder: test files in threads of their own may want the same tools at once. */
const alone = (folder, work) => {
  const lock = join(folder, '.installing');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      // What was killed leaves its lock behind.
      if (since !== undefined && Date.now() - since > TEN_MINUTES) rmdirSync(lock);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
};

/**
 * Installs a group of tools at the versions of its lock file, unless they are there already. Large tools that few tasks
 * need are no dependencies of the checkout: the first use fetches them.
 *
 * @param {string} group A folder beside this file.
 * @returns {string} The folder whose node_modules holds them.
 */
export const installTools = (group) => {
  const folder = join(here, group);
  const wanted = Object.entries(readManifest(folder).dependencies);
  const isMissing = () => wanted.some(([name, version]) => installedVersion(folder, name) !== version);
  const install = () => {
    if (!isMissing()) return;
    const run = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (run.status !== 0) throw new Error(`npm ci failed in .ci/tools/${group}`);
  };
  // npm writes the last file long after the first: only a lock says that all are there.
  if (isMissing() || existsSync(join(folder, '.installing'))) alone(folder, install);
  return folder;
};

/**
 * Loads a module of a group.
 *
 * @param {string} group
 * @param {string} path From the group's node_modules.
 */
export const importTool = (group, path) =>
  import(pathToFileURL(join(installTools(group), 'node_modules', path)).href);

/**
 * Runs a tool of a group with this process's arguments, and ends with its exit status.
 *
 * @param {string} group
 * @param {string} name The package.
 * @param {string} [command] Its command.
 */
export const runTool = (group, name, command) => {
  try {
    const installed = join(installTools(group), 'node_modules', name);
    const { bin } = readManifest(installed);
    const file = typeof bin === 'string' ? bin : bin[command];
    const run = spawnSync(process.execPath, [join(installed, file), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    process.exitCode = run.status ?? 1;
  } catch (error) {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
};
