import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Contender } from './suite.js';

const peers = fileURLToPath(new URL('../peers', import.meta.url));
const fromPeers = createRequire(join(peers, 'package.json'));

export const NPM_COMMAND = 'npm ci --prefix bench/peers';
export const PYTHON_COMMAND =
  'python3 -m venv bench/peers/.venv && bench/peers/.venv/bin/pip install -r bench/peers/requirements.txt';

/** The package of a rival that is a few lines of this repository: the obvious program. */
export const PLAIN = 'plain JavaScript';
/** The package of another way of this project itself: it changes with the project, so no change is measured against it. */
export const OWN = 'this project';

/** PYTHON, or the virtual environment beside the peers. */
export const peerPython = (): string => process.env.PYTHON ?? join(peers, '.venv', 'bin', 'python');

/** Loads a rival from npm, of bench/peers or of the checkout itself. */
export const loadPeer = <T>(name: string): T => fromPeers(name) as T;

/** The same for a package of ECMAScript modules. */
export const peerModule = <T>(name: string): Promise<T> =>
  import(pathToFileURL(fromPeers.resolve(name)).href) as Promise<T>;

/** The folder of an installed npm package: its manifest is read from disk, since few export it. */
const npmVersion = (name: string): string | null => {
  for (let folder = peers; ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(manifest))
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
    if (folder === dirname(folder)) return null;
  }
};

const pythonVersions = new Map<string, string | null>();
const pythonVersion = (name: string): string | null => {
  const known = pythonVersions.get(name);
  if (known !== undefined) return known;
  let found: string | null = null;
  try {
    const script = `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`;
    found = execFileSync(peerPython(), ['-c', script], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {}
  pythonVersions.set(name, found);
  return found;
};

/** The rival's package with its version, or how to come by it; null for what is ours. */
export const peerOf = (
  contender: Contender,
): { label: string } | { package: string; missing: string } | null => {
  if (contender.package === undefined) return null;
  const { package: name } = contender;
  if (name === PLAIN || name === OWN) return { label: name };
  if ('module' in contender) {
    const version = pythonVersion(name);
    return version === null
      ? { package: name, missing: PYTHON_COMMAND }
      : { label: `${name} ${version} (Python)` };
  }
  if ('main' in contender) {
    return existsSync(process.env[contender.jar] ?? '')
      ? { label: `${name} (Java)` }
      : { package: name, missing: `${contender.jar}=FILE.jar, for example with Java 17` };
  }
  const version = npmVersion(name);
  return version === null ? { package: name, missing: NPM_COMMAND } : { label: `${name} ${version}` };
};
