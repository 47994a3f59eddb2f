import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigJson, describeTransformer } from '../encoders/description/index.js';
import { readSentenceTransformersFiles } from '../encoders/transformer/index.js';
import { loadOnnxRuntime } from '../onnx/index.js';
import { isInstalled } from './installed-packages.js';

/** What runs pretrained transformers, best first: `OnnxEncoder` on ONNX Runtime, `TransformerEncoder` on TensorFlow.js. */
export const ENGINES = ['onnx', 'tfjs'] as const;

export type EngineName = (typeof ENGINES)[number];

/** An engine to ask for: the best that runs the model, or one by its name. */
export type EngineRequest = 'auto' | EngineName;

/** Which engine was selected, and why none of the better ones was. */
export interface EngineChoice {
  readonly name: EngineName;
  readonly passedOver: readonly PassedOverEngine[];
  /** One line for people: the choice, the reasons and what to install for more speed. */
  readonly summary: string;
}

export interface PassedOverEngine {
  readonly name: EngineName;
  readonly reason: string;
  /** The command that would install it, when it is missing. */
  readonly install: string | null;
}

/** What an engine needs, beside TensorFlow.js, and the command that installs it. */
const PACKAGES: Readonly<Record<EngineName, { readonly name: string; readonly install: string } | null>> = {
  onnx: { name: 'onnxruntime-node', install: 'npm install --ignore-scripts onnxruntime-node' },
  tfjs: null,
};

/** What `selectEngine` asks of the machine; tests pass their own. */
export interface EngineProbe {
  isInstalled(packageName: string): boolean;
  /** Makes the engine ready, or throws. @returns Its version, for people; null where there is nothing to say. */
  activate(name: EngineName): Promise<string | null>;
}

const activate = async (name: EngineName): Promise<string | null> =>
  name === 'onnx' ? `onnxruntime-node ${(await loadOnnxRuntime()).version}` : null;

/** The config.json of a model, and where it lies. */
interface ModelConfig {
  readonly path: string;
  readonly json: ConfigJson;
}

const readConfig = async (directory: string): Promise<ModelConfig> => {
  const { modelPath } = await readSentenceTransformersFiles(directory);
  const path = join(directory, modelPath, 'config.json');
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof json === 'object' && json !== null) return { path, json: json as ConfigJson };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read ${path}: ${reason}`, { cause: error });
  }
  throw new Error(`cannot read ${path}: not a JSON object`);
};

const machine: EngineProbe = { isInstalled, activate };

const withInstall = ({ name, reason, install }: PassedOverEngine): string =>
  `${name}: ${reason}${install === null ? '' : ` (${install})`}`;

const tryEngine = async (
  name: EngineName,
  probe: EngineProbe,
): Promise<{ readonly version: string | null } | { readonly failure: PassedOverEngine }> => {
  const needed = PACKAGES[name];
  if (needed !== null && !probe.isInstalled(needed.name)) {
    return { failure: { name, reason: `${needed.name} is not installed`, install: needed.install } };
  }
  try {
    return { version: await probe.activate(name) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failure: { name, reason: reason.split('\n')[0]!, install: null } };
  }
};

/**
 * Selects what runs the pretrained transformer of a folder: the best engine that is installed, or the one named.
 *
 * The order is onnx (`OnnxEncoder` of `oasis-embed/onnx`, with the optional package `onnxruntime-node`), tfjs
 * (`TransformerEncoder`, on the backend that `selectBackend` chose). Both give the same vectors, to rounding. ONNX Runtime
 * is imported only when it is tried, after the model's config.json was read.
 *
 * @param directory A Hugging Face or sentence-transformers folder.
 * @param request `'auto'`, or one engine that must be able to run the model.
 * @returns The engine selected, and why better ones were not.
 * @throws Error when the folder has no config.json or one of an architecture that is not described, naming file and field; when
 * the named engine, or each of them, is missing: with the reasons and the command that installs it.
 * @throws {RangeError} When the name is unknown.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * import { selectEngine } from 'oasis-embed/training';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
 * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
 * const choice = await selectEngine(folder);
 * console.log(choice.summary);
 * ```
 */
export const selectEngine = async (
  directory: string,
  request: EngineRequest = 'auto',
  probe: EngineProbe = machine,
): Promise<EngineChoice> => {
  if (request !== 'auto' && !ENGINES.includes(request)) {
    throw new RangeError(`engine must be auto or one of ${ENGINES.join(', ')}, received ${request}`);
  }
  const { json, path } = await readConfig(directory);
  // Both engines read the same descriptions: what neither runs is said once, before ONNX Runtime is loaded.
  describeTransformer(json, path);
  const passedOver: PassedOverEngine[] = [];
  for (const name of request === 'auto' ? ENGINES : [request]) {
    const tried = await tryEngine(name, probe);
    if ('version' in tried) {
      const chosen = tried.version === null ? name : `${name} (${tried.version})`;
      const summary = [chosen, ...passedOver.map((engine) => `not ${withInstall(engine)}`)].join('; ');
      return { name, passedOver, summary };
    }
    passedOver.push(tried.failure);
  }
  if (request === 'auto') {
    throw new Error(`no engine runs ${directory}: ${passedOver.map(withInstall).join('; ')}`);
  }
  const { reason, install } = passedOver[0]!;
  throw new Error(`engine ${request}: ${reason}${install === null ? '' : `; install it with: ${install}`}`);
};
