import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Every `tf.name` in src/. */
const usedNames = (): string[] => {
  const names = new Set<string>();
  for (const path of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    for (const [, name] of readFileSync(join('src', path), 'utf8').matchAll(/\btf\.(\w+)/g)) names.add(name!);
  }
  return [...names].sort();
};

const source = (): string => `
import { createRequire } from 'node:module';

let loadedEngine;

const openEngine = () => {
  const require = createRequire(import.meta.url);
  const open = (name) => {
    try {
      return require(name);
    } catch (error) {
      if (/MODULE_NOT_FOUND/.test(error?.code) && error.message.includes(name)) return null;
      throw error;
    }
  };
  const core = open('@tensorflow/tfjs-core');
  // The whole package brings a backend, where the program has brought none of its own yet.
  if (core !== null && Object.keys(core.engine().registryFactory).length > 0) return core;
  const whole = open('@tensorflow/tfjs') ?? core;
  if (whole !== null) return whole;
  throw new Error(
    'this part of oasis-embed needs the package @tensorflow/tfjs, which is not installed: npm install @tensorflow/tfjs',
  );
};

/** An export of TensorFlow.js, function, class or namespace, that is looked up when it is used. */
const exportOnDemand = (name) => {
  const found = () => (loadedEngine ??= openEngine())[name];
  return new Proxy(function () {}, {
    apply: (_, self, values) => found()(...values),
    construct: (_, values, target) => Reflect.construct(found(), values, target),
    get: (_, key) => found()[key],
  });
};

${usedNames()
  .map((name) => `export const ${name} = /* @__PURE__ */ exportOnDemand('${name}');`)
  .join('\n')}
`;

/**
 * For Node: what src/ imports from TensorFlow.js is loaded at its first use, so that importing an entry costs nothing
 * and needs nothing installed. A synchronous API can only do so by `require`, which a browser does not have.
 */
export const tensorflowOnDemand = (): Plugin => ({
  name: 'tensorflow-on-demand',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^@tensorflow\/tfjs$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'on-demand', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'on-demand' }, () => ({
      contents: source(),
      loader: 'js',
      resolveDir: process.cwd(),
    }));
  },
});
