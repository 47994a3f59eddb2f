import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import {
  AdapterEncoder,
  BagEmbedder,
  type DenseMatrix,
  type Encoder,
  type EncodeTextsOptions,
  encodeTexts,
  StaticEncoder,
  type TextRole,
  TransformerEncoder,
} from 'oasis-embed/encoders';
import type { OnnxEncoder, OnnxFileEncoder } from 'oasis-embed/onnx';
import type { EngineChoice } from 'oasis-embed/training';
import { type ModelEngine, partsOfEngine } from '../options/model-engine.js';
import { readHeadBase } from './head-base.js';
import { isOnnxFile, type OnnxFile, onnxFileOf } from './onnx-file.js';
import { onDevice, selectEngineOn } from './select-engine.js';

/** A model that embeds, whatever runs it. */
export interface TextModel {
  readonly kind: string;
  readonly dimensions: number;
  /** What runs it and why; null where there is no choice. */
  readonly engine: EngineChoice | null;
  /** Rows of unit length, [N, D], in the order of the texts. */
  embed(texts: readonly string[], role: TextRole, options?: EncodeTextsOptions): Promise<DenseMatrix>;
  close(): Promise<void>;
}

export interface TextModelOptions {
  /** What runs a transformer, and on what. @defaultValue 'auto' */
  readonly engine?: ModelEngine | undefined;
  /** Placed before every query, where a transformer's own files do not say it; null for what they say. */
  readonly queryPrompt?: string | null;
}

/** What kind of model a folder holds: this project's own kinds by name, everything else as a transformer. */
export const modelKind = (folder: string): string => {
  if (isOnnxFile(folder)) return 'transformer';
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { readonly kind?: string };
  return config.kind ?? 'transformer';
};

/** An encoder on TensorFlow.js as a model that embeds. */
export const tensorModel = (encoder: Encoder, engine: EngineChoice | null = null): TextModel => ({
  kind: encoder.kind,
  dimensions: encoder.dimensions,
  engine,
  embed: (texts, role, options) => encodeTexts(encoder, texts, role, options),
  async close() {
    encoder.dispose();
  },
});

/** A bag of subtokens as a model that embeds, without TensorFlow.js. */
const bagModel = (bag: BagEmbedder): TextModel => ({
  kind: bag.name,
  dimensions: bag.dimensions,
  engine: null,
  embed: (texts, role, { signal } = {}) =>
    bag.embed(texts, { role, ...(signal === undefined ? {} : { signal }) }),
  async close() {},
});

/** Whether TensorFlow.js may have a part in embedding with a model: a backend is to be chosen first. */
export const mayNeedTensors = (folder: string): boolean => modelKind(folder) !== 'subtoken-bag';

/** A model on ONNX Runtime as a model that embeds. */
const nativeModel = (encoder: OnnxEncoder | OnnxFileEncoder, engine: EngineChoice): TextModel => ({
  kind: 'transformer',
  dimensions: encoder.dimensions,
  engine,
  embed: (texts, role, { signal } = {}) =>
    encoder.embed(texts, { role, ...(signal === undefined ? {} : { signal }) }),
  close: () => encoder.close(),
});

/** A worker thread is one of as many as there are cores. */
const threads = isMainThread ? {} : { threads: 1 };

/** ONNX Runtime alone reads ONNX files. */
const selectForFile = async ({ folder, file }: OnnxFile, engine: ModelEngine): Promise<EngineChoice> => {
  if (engine === 'tfjs') {
    throw new Error(`engine tfjs: ${join(folder, file)} is an ONNX file, which only onnx reads`);
  }
  const { version } = await (await import('oasis-embed/onnx')).loadOnnxRuntime();
  return onDevice({ name: 'onnx', passedOver: [], summary: `onnx (onnxruntime-node ${version})` }, engine);
};

/** A head over the vectors of another model, and that model. */
export const headModel = (head: AdapterEncoder, base: TextModel): TextModel => ({
  kind: head.kind,
  dimensions: head.dimensions,
  engine: base.engine,
  embed: async (texts, role, options) => head.adapt(await base.embed(texts, role, options), role),
  async close() {
    head.dispose();
    await base.close();
  },
});

const loadHead = async (folder: string, engine: ModelEngine): Promise<TextModel> => {
  const { folder: below, queryPrompt } = readHeadBase(folder);
  const base = await loadTextModel(below, { engine, queryPrompt });
  try {
    return headModel(await AdapterEncoder.load(folder), base);
  } catch (error) {
    await base.close();
    throw error;
  }
};

/**
 * Opens the trained or untrained model of a run, a checkpoint of others or an ONNX file for embedding alone.
 *
 * @throws Error when no engine, or not the one asked for, runs the model.
 */
export const loadTextModel = async (
  folder: string,
  { engine = 'auto', queryPrompt = null }: TextModelOptions = {},
): Promise<TextModel> => {
  const kind = modelKind(folder);
  if (kind === 'subtoken-bag') return bagModel(await BagEmbedder.load(folder));
  if (kind === 'static') return tensorModel(await StaticEncoder.load(folder));
  if (kind === 'adapter') return loadHead(folder, engine);
  const { device } = partsOfEngine(engine);
  const settings = { device, ...threads, ...(queryPrompt === null ? {} : { queryPrompt }) };
  const exported = onnxFileOf(folder);
  if (exported !== null) {
    const choice = await selectForFile(exported, engine);
    const { OnnxFileEncoder } = await import('oasis-embed/onnx');
    const { folder: root, file } = exported;
    return nativeModel(await OnnxFileEncoder.load(root, { file, ...settings }), choice);
  }
  const choice = await selectEngineOn(folder, engine);
  if (choice.name === 'onnx') {
    const { OnnxEncoder } = await import('oasis-embed/onnx');
    return nativeModel(await OnnxEncoder.load(folder, settings), choice);
  }
  return tensorModel(
    await TransformerEncoder.load(folder, {
      frozenLayers: 'all',
      ...(queryPrompt === null ? {} : { queryPrompt }),
    }),
    choice,
  );
};

/**
 * What embeds with each transformer among some models, one line each: for people, and so that an engine that is missing
 * is noticed before hours of work.
 *
 * @throws Error as {@link loadTextModel} does.
 */
export const describeEngines = async (
  folders: readonly string[],
  engine: ModelEngine | undefined,
): Promise<string[]> => {
  const lines: string[] = [];
  for (const folder of new Set(folders)) {
    // Who loads a folder that holds no model says what it expects.
    const isThere = existsSync(isOnnxFile(folder) ? folder : join(folder, 'config.json'));
    if (!isThere || modelKind(folder) !== 'transformer') continue;
    const exported = onnxFileOf(folder);
    const { summary } =
      exported === null
        ? await selectEngineOn(folder, engine)
        : await selectForFile(exported, engine ?? 'auto');
    lines.push(`${basename(folder)} embeds on ${summary}`);
  }
  return lines;
};
