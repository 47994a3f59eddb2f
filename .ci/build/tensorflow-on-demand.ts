import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const SOURCE = `
import { createRequire } from 'node:module';

let engine;

const openEngine = () => {
  const require = createRequire(import.meta.url);
  const open = (name) => {
    try {
      return require(name);
    } catch (error) {
      if (!(/MODULE_NOT_FOUND/.test(error?.code) && error.message.includes(name))) throw error;
    }
  };
  const core = open('@tensorflow/tfjs-core');
  // The whole package brings a backend, where the program has brought none of its own yet.
  if (core && Object.keys(core.engine().registryFactory)[0]) return core;
  const whole = open('@tensorflow/tfjs') ?? core;
  if (whole) return whole;
  throw new Error(
    '@tensorflow/tfjs is not installed: npm install @tensorflow/tfjs (oasis-embed/losses/host does without)',
  );
};

/** TensorFlow.js, whose exports are looked up when they are used. */
export const tf = /* @__PURE__ */ new Proxy({}, { get: (_, name) => (engine ??= openEngine())[name] });
`;

const IMPORT = /^import \* as tf from '@tensorflow\/tfjs';$/m;

/**
 * For Node: what src/ imports from TensorFlow.js is loaded at its first use, so that importing an entry costs nothing
 * and needs nothing installed. A synchronous API can only do so by `require`, which a browser does not have.
 */
export const tensorflowOnDemand = (): Plugin => ({
  name: 'tensorflow-on-demand',
  setup: ({ onLoad, onResolve }) => {
    // A namespace has a fixed list of names; one object that looks them up does not need to know them.
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      return { contents: code.replace(IMPORT, "import { tf } from '@tensorflow/tfjs';"), loader: 'ts' };
    });
    onResolve({ filter: /^@tensorflow\/tfjs$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'on-demand', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'on-demand' }, () => ({
      contents: SOURCE,
      loader: 'js',
      resolveDir: process.cwd(),
    }));
  },
});
