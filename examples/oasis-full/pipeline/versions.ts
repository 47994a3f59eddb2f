import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

const readManifest = (path: string): { readonly name?: string; readonly version?: string } | null => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
};

const resolve = (request: string): string | null => {
  try {
    return require.resolve(request);
  } catch {
    return null;
  }
};

/** The version of an installed package, found through its entry where `exports` hides its package.json. */
const versionOf = (name: string): string => {
  let path = resolve(`${name}/package.json`);
  if (path === null) {
    const entry = resolve(name);
    for (
      let folder = dirname(entry ?? '/');
      path === null && folder !== dirname(folder);
      folder = dirname(folder)
    )
      if (readManifest(join(folder, 'package.json'))?.name === name) path = join(folder, 'package.json');
  }
  return (path === null ? undefined : readManifest(path)?.version) ?? 'not installed';
};

const watched = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  'web-tree-sitter',
  '@repomix/tree-sitter-wasms',
  'ml-matrix',
] as const;

/** What a run was made with, for run.json and the report. */
export const versions = (): Record<string, string> => {
  const { version } = JSON.parse(readFileSync(require.resolve('oasis-embed/package.json'), 'utf8')) as {
    version: string;
  };
  return {
    'oasis-embed': version,
    node: process.versions.node,
    ...Object.fromEntries(watched.map((name) => [name, versionOf(name)])),
  };
};
