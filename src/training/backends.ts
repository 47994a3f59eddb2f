import { dirname, join, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { isInstalled, requireHere } from './installed-packages.js';
import { restoreNodeHelpers } from './node-helpers.js';

/** The backends this package trains on, best first. */
export const BACKENDS = ['tfjs-node-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** A backend to ask for: the best, one by its name in TensorFlow.js, or `tfjs-node`, the package of `tensorflow`. */
export type BackendRequest = 'auto' | BackendName | 'tfjs-node';

/** Which backend was selected, and why none of the better ones was. */
export interface BackendChoice {
  readonly name: BackendName;
  readonly passedOver: readonly PassedOver[];
  /** One line for people: the choice, the reasons and what to install for more speed. */
  readonly summary: string;
}

export interface PassedOver {
  readonly name: BackendName;
  readonly reason: string;
  /** The command that would install it, when it is missing. */
  readonly install: string | null;
}

const PACKAGES: Readonly<Record<BackendName, readonly string[]>> = {
  'tfjs-node-gpu': ['@tensorflow/tfjs-node-gpu'],
  webgpu: ['@tensorflow/tfjs-backend-webgpu', 'webgpu'],
  tensorflow: ['@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  cpu: [],
};

/** What `selectBackend` asks of the machine; tests pass their own. */
export interface BackendProbe {
  isInstalled(packageName: string): boolean;
  /** Makes the backend the current one, or throws. @returns What had to be done for it, for people; null for nothing. */
  activate(name: BackendName): Promise<string | null>;
}

/** TensorFlow.js greets on load and warns about kernels it registers twice: neither is news to a caller. */
const silently = async <T>(task: () => Promise<T>): Promise<T> => {
  const { log, info, warn } = console;
  console.log = console.info = console.warn = () => {};
  try {
    return await task();
  } finally {
    Object.assign(console, { log, info, warn });
  }
};

const importOptional = async (packageName: string): Promise<Record<string, unknown>> => {
  const loaded: Record<string, unknown> = await import(packageName);
  return loaded;
};

const callable = (owner: Record<string, unknown>, name: string): ((...args: unknown[]) => unknown) => {
  const found = owner[name] ?? (owner.default as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== 'function') throw new Error(`the package has no function ${name}`);
  return found as (...args: unknown[]) => unknown;
};

/**
 * Puts Dawn where TensorFlow.js looks for a browser's WebGPU.
 *
 * @returns Takes it away again: other libraries take a `navigator.gpu` for a promise.
 */
const provideGpu = async (): Promise<() => void> => {
  const scope = globalThis as { navigator?: object };
  if (scope.navigator !== undefined && 'gpu' in scope.navigator) return () => {};
  const dawn = await importOptional('webgpu');
  const globals = (dawn.globals ?? {}) as object;
  const added = Object.keys(globals).filter((name) => !(name in globalThis));
  Object.assign(globalThis, globals);
  const isNew = scope.navigator === undefined;
  if (isNew) Object.defineProperty(scope, 'navigator', { value: {}, configurable: true, writable: true });
  const gpu = callable(dawn, 'create')([]);
  Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
  return () => {
    for (const name of added) Reflect.deleteProperty(globalThis, name);
    if (isNew) Reflect.deleteProperty(scope, 'navigator');
    else Reflect.deleteProperty(scope.navigator as object, 'gpu');
  };
};

/** tfjs-node calls helpers that newer Nodes no longer have, at any time: they stay where they were put back. */
let restoredHelpers: readonly string[] = [];

const importTfjsNode = async (packageName: string): Promise<void> => {
  restoredHelpers = [...restoredHelpers, ...restoreNodeHelpers()];
  await importOptional(packageName);
};

const noteOf = (registered: string): string | null => {
  const [first, ...others] = restoredHelpers;
  if (registered !== 'tensorflow' || first === undefined) return null;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `node:util has ${first}${more} again, which Node ${process.versions.node} lacks`;
};

const prepare: Readonly<Record<BackendName, () => Promise<void>>> = {
  'tfjs-node-gpu': () => importTfjsNode('@tensorflow/tfjs-node-gpu'),
  webgpu: async () => {
    const remove = await provideGpu();
    try {
      const { navigator } = globalThis as { navigator?: { gpu: { requestAdapter(): Promise<unknown> } } };
      if ((await navigator?.gpu.requestAdapter()) == null) throw new Error('no usable GPU was found');
      await importOptional('@tensorflow/tfjs-backend-webgpu');
    } catch (error) {
      remove();
      throw error;
    }
  },
  tensorflow: () => importTfjsNode('@tensorflow/tfjs-node'),
  wasm: async () => {
    const wasm = await importOptional('@tensorflow/tfjs-backend-wasm');
    const root = dirname(requireHere().resolve('@tensorflow/tfjs-backend-wasm/package.json'));
    callable(wasm, 'setWasmPaths')(join(root, 'dist') + sep);
  },
  cpu: async () => {},
};

const activate = async (name: BackendName): Promise<string | null> => {
  const registered = name === 'tfjs-node-gpu' ? 'tensorflow' : name;
  if (tf.getBackend() === registered) return noteOf(registered);
  await silently(async () => {
    await prepare[name]();
    if (!(await tf.setBackend(registered))) throw new Error('the backend could not be initialized');
    await tf.ready();
    const probe = tf.tidy(() => tf.sum(tf.matMul(tf.ones([2, 2]), tf.ones([2, 2]))));
    const [value] = await probe.data();
    probe.dispose();
    if (value !== 8) throw new Error(`a product that is 8 came out as ${value}`);
  });
  return noteOf(registered);
};

const machine: BackendProbe = { isInstalled, activate };

/** TensorFlow.js calls tfjs-node's backend `tensorflow`, which says little of the package. */
const label = (name: BackendName): string => (name === 'tensorflow' ? 'tensorflow (tfjs-node)' : name);

const describe = (name: BackendName, note: string | null, passedOver: readonly PassedOver[]): string => {
  const reasons = passedOver.map(
    ({ name: other, reason, install }) => `${label(other)}: ${reason}${install ? ` (${install})` : ''}`,
  );
  return [label(name), ...(note === null ? [] : [note]), ...reasons.map((reason) => `not ${reason}`)].join(
    '; ',
  );
};

const tryBackend = async (
  name: BackendName,
  probe: BackendProbe,
): Promise<{ readonly note: string | null } | { readonly failure: PassedOver }> => {
  const missing = PACKAGES[name].filter((packageName) => !probe.isInstalled(packageName));
  if (missing.length > 0) {
    const reason = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
    return { failure: { name, reason, install: `npm install ${PACKAGES[name].join(' ')}` } };
  }
  try {
    return { note: await probe.activate(name) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failure: { name, reason: reason.split('\n')[0]!, install: null } };
  }
};

/**
 * Selects a TensorFlow.js backend: the best one that is installed and works, or the one named.
 *
 * The order is tfjs-node-gpu (CUDA), webgpu (any vendor's GPU, through Dawn), tensorflow (tfjs-node), wasm, cpu. All
 * but the last are optional packages; each is imported only when tried, and must compute a small product.
 * tfjs-node and tfjs-node-gpu call functions of `node:util` that Node 23 removed, and fail in their first gather there:
 * these are put back before the package is loaded, and the summary says so.
 *
 * @param request `'auto'`, or one backend that must be available; `tfjs-node` is an alias of `tensorflow`.
 * @returns The backend selected, and why better ones were not.
 * @throws Error when the named backend is missing or fails, with the command that installs it.
 * @throws {RangeError} When the name is unknown.
 *
 * @example
 * ```ts
 * import { selectBackend } from 'oasis-embed/training';
 * const choice = await selectBackend('auto');
 * console.log(choice.summary);
 * ```
 */
export const selectBackend = async (
  request: BackendRequest = 'auto',
  probe: BackendProbe = machine,
): Promise<BackendChoice> => {
  const name = request === 'tfjs-node' ? 'tensorflow' : request;
  if (name !== 'auto') {
    if (!BACKENDS.includes(name)) {
      throw new RangeError(
        `backend must be auto or one of ${BACKENDS.join(', ')} (or tfjs-node, which is tensorflow), received ${name}`,
      );
    }
    const tried = await tryBackend(name, probe);
    if ('note' in tried) return { name, passedOver: [], summary: describe(name, tried.note, []) };
    const { failure } = tried;
    throw new Error(
      `backend ${label(name)}: ${failure.reason}${failure.install ? `; install it with: ${failure.install}` : ''}`,
    );
  }
  const passedOver: PassedOver[] = [];
  for (const candidate of BACKENDS) {
    const tried = await tryBackend(candidate, probe);
    if ('note' in tried) {
      return { name: candidate, passedOver, summary: describe(candidate, tried.note, passedOver) };
    }
    passedOver.push(tried.failure);
  }
  throw new Error(
    `no backend works: ${passedOver.map(({ name: n, reason }) => `${label(n)}: ${reason}`).join('; ')}`,
  );
};
