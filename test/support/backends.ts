import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { hostPath } from '../../src/losses/host-path.js';
import { restoreNodeHelpers } from '../../src/training/node-helpers.js';

/**
 * The backends that a suite runs on: `cpu` and `wasm` always, and those that the environment variable
 * OASIS_TEST_BACKENDS names (comma-separated: `tensorflow`, `webgpu`).
 *
 * - `tensorflow` is @tensorflow/tfjs-node. OASIS_TFJS_NODE may name the folder whose node_modules holds it;
 *   without it, it is looked for beside this package.
 * - `webgpu` is @tensorflow/tfjs-backend-webgpu on the npm package `webgpu`, which `.ci/webgpu` installs. On a machine
 *   without a GPU, VK_DRIVER_FILES must name the manifest of a software Vulkan driver.
 */
export const testBackends = (): string[] => {
  const named = (process.env.OASIS_TEST_BACKENDS ?? '').split(',').map((name) => name.trim());
  return [...new Set(['cpu', 'wasm', ...named.filter((name) => name !== '')])];
};

const BY_TENSORS = ' by tensors';

/** The same for the losses, which leave the tensors where the host reads them at once: there both paths are tested. */
export const lossBackends = (): string[] =>
  testBackends().flatMap((name) =>
    ['wasm', 'tensorflow'].includes(name) ? [name, `${name}${BY_TENSORS}`] : [name],
  );

/** Loads the backend if need be, makes it the current one, and waits until it is ready. */
export const useBackend = async (wanted: string): Promise<void> => {
  const name = wanted.replace(BY_TENSORS, '');
  hostPath.enabled = name === wanted;
  if (tf.engine().registryFactory[name] === undefined) await load(name);
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} could not be initialized`);
  await tf.ready();
};

const load = async (name: string): Promise<void> => {
  switch (name) {
    case 'wasm':
      await import('@tensorflow/tfjs-backend-wasm');
      return;
    case 'webgpu':
      await loadWebGpu();
      return;
    case 'tensorflow':
      loadTfjsNode();
      return;
    default:
      throw new Error(`backend must be one of cpu, wasm, webgpu, tensorflow, received ${name}`);
  }
};

interface Dawn {
  readonly globals: object;
  create(options: readonly string[]): unknown;
}

/** Not installed with the checkout, so the compiler must not look for them. */
const webGpuPackages: readonly [dawn: string, backend: string] = [
  'webgpu',
  '@tensorflow/tfjs-backend-webgpu',
];

const loadWebGpu = async (): Promise<void> => {
  const [dawn, backend] = webGpuPackages;
  const { create, globals } = (await import(dawn)) as Dawn;
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  await import(backend);
};

type ResolveFilename = (
  request: string,
  parent: unknown,
  isMain: boolean,
  options?: { readonly paths: readonly string[] },
) => string;

/**
 * A tfjs-node that lies elsewhere would load a second TensorFlow.js of its own; while it loads, requests for
 * the packages that this checkout has are answered from here, so that there is one engine and one registry.
 */
const loadTfjsNode = (): void => {
  restoreNodeHelpers();
  const here = createRequire(import.meta.url);
  const folder = process.env.OASIS_TFJS_NODE;
  const there = folder === undefined ? here : createRequire(join(folder, 'package.json'));
  const Module = here('node:module') as { _resolveFilename: ResolveFilename };
  const original = Module._resolveFilename;
  Module._resolveFilename = (request, parent, isMain, options) => {
    const ours = /^@tensorflow\/tfjs(?!-node)/.test(request);
    return original.call(Module, request, parent, isMain, ours ? { paths: [import.meta.dirname] } : options);
  };
  try {
    there('@tensorflow/tfjs-node');
  } finally {
    Module._resolveFilename = original;
  }
};
