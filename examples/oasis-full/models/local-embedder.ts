import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import type { ModelEngine } from '../options/model-engine.js';
import { isOnnxFile, onnxFileOf, partsOf } from './onnx-file.js';
import { loadTextModel } from './text-model.js';

const readKind = (folder: string): string | undefined => {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) {
    throw new Error(
      `--embedder: expected lsa, a folder with config.json or an ONNX file in one, received ${folder}`,
    );
  }
  return (JSON.parse(readFileSync(path, 'utf8')) as { kind?: string }).kind;
};

/** Changes with the files of a saved model, so that no label is kept from another one. */
export const modelHash = (model: string): string => {
  const onnx = onnxFileOf(model);
  const folder = onnx?.folder ?? model;
  readKind(folder);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    // Beside an ONNX file, safetensors have no part in its vectors.
    if ((onnx === null ? /\.(json|safetensors|txt|model)$/ : /\.(json|txt|model)$/).test(name)) {
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
    }
  }
  for (const name of onnx === null ? [] : partsOf(onnx))
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
};

/** What a folder holds; an ONNX file says nothing of itself. */
const kindOf = (folder: string) => (isOnnxFile(folder) ? undefined : readKind(folder));

/** @throws Error where a folder holds no model that could label. */
export const checkLocalEmbedder = (folder: string): void => {
  kindOf(folder);
  onnxFileOf(folder);
};

/** The name of a model by its content. */
export const localEmbedderName = (folder: string): string =>
  `${kindOf(folder) ?? 'model'} ${modelHash(folder)}`;

/** A labeler on this machine. */
export interface LocalEmbedder extends Embedder {
  /** Frees what the model holds. */
  close(): Promise<void>;
}

/**
 * Opens a saved encoder of this project, a Hugging Face checkpoint or an ONNX file as a labeler that is named by its content:
 * whatever runs it, its vectors are the same to rounding.
 */
export const loadLocalEmbedder = async (folder: string, engine?: ModelEngine): Promise<LocalEmbedder> => {
  const kind = kindOf(folder);
  const name = localEmbedderName(folder);
  if (kind === 'lsa') {
    const encoder = await LsaEncoder.load(folder);
    return { name, embed: (texts) => encoder.embed(texts), close: async () => {} };
  }
  const model = await loadTextModel(folder, { engine });
  return {
    name,
    embed: (texts, { role = 'document', signal } = {}) =>
      model.embed(texts, role, signal === undefined ? {} : { signal }),
    close: () => model.close(),
  };
};
