import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The version of an installed package, found through its entry where `exports` hides its package.json. */
const versionOf = (name: string): string => {
  try {
    for (let folder = dirname(require.resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
      try {
        const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
          string,
          string
        >;
        if (manifest.name === name && manifest.version !== undefined) return manifest.version;
      } catch {
        // No manifest in this folder: look one higher.
      }
    }
  } catch {
    // Not installed.
  }
  return 'not installed';
};

const watched = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  'web-tree-sitter',
  'tree-sitter-javascript',
  'tree-sitter-typescript',
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
