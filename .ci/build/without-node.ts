import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** The names that src/ imports from each module of Node, and from packages that need Node. */
const importedNames = (): Map<string, Set<string>> => {
  const names = new Map<string, Set<string>>();
  for (const path of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const code = readFileSync(join('src', path), 'utf8');
    const statics = code.matchAll(/import\s*\{([^}]*)\}\s*from\s*'([^']+)'/g);
    const dynamics = code.matchAll(/\{([^}]*)\}\s*=\s*(?:\(?await)?\s*\(?\s*import\('([^']+)'\)/g);
    for (const [, list, module] of [...statics, ...dynamics]) {
      const known = names.get(module!) ?? new Set();
      for (const name of list!.split(',')) known.add(name.trim().split(/\s*(?:\bas\b|:)\s*/)[0]!);
      names.set(module!, known);
    }
  }
  return names;
};

/** Packages that need Node, or that a page has no use for without files. */
export const WITHOUT_BROWSER: string[] = [
  'write-file-atomic',
  '@duckdb/node-api',
  'onnxruntime-node',
  '@huggingface/hub',
  'hyparquet',
  'hyparquet-compressors',
  'fzstd',
];

/**
 * For browsers: modules of Node, and packages that need it, become exports that say so when they are used. What needs no
 * files, threads or processes works; what does fails with a sentence.
 */
export const withoutNode = (): Plugin => ({
  name: 'without-node',
  setup: ({ onLoad, onResolve }) => {
    const names = importedNames();
    const filter = new RegExp(`^(node:.*|${WITHOUT_BROWSER.join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'without-node', sideEffects: false }));
    onLoad({ filter: /./, namespace: 'without-node' }, ({ path }) => ({
      loader: 'js',
      contents: `
        const missing = (name) => {
          const fail = () => {
            throw new Error(name + ' of ${path} is needed here, which browsers do not have');
          };
          return new Proxy(function () {}, { apply: fail, construct: fail });
        };
        ${[...(names.get(path) ?? [])]
          .filter((name) => /^\w+$/.test(name) && name !== 'default' && name !== 'type')
          .map((name) => `export const ${name} = /* @__PURE__ */ missing('${name}');`)
          .join('\n')}
        export default /* @__PURE__ */ missing('default');
      `,
    }));
  },
});

/**
 * For browsers: the parts of TensorFlow.js that src/ uses are all in its core, so a program that loads the core and a
 * backend is enough.
 */
export const tensorflowCore = (): Plugin => ({
  name: 'tensorflow-core',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@tensorflow\/tfjs$/ }, () => ({ path: '@tensorflow/tfjs-core', external: true }));
  },
});
