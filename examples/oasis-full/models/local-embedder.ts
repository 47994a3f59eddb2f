import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from 'oasis-embed/annotation';
import { encodeTexts, LsaEncoder } from 'oasis-embed/encoders';
import { loadEncoder } from './load-encoder.js';

const readKind = (folder: string): string | undefined => {
  const path = join(folder, 'config.json');
  if (!existsSync(path)) {
    throw new Error(`--embedder: expected lsa or a folder with config.json, received ${folder}`);
  }
  return (JSON.parse(readFileSync(path, 'utf8')) as { kind?: string }).kind;
};

/** Changes with the files of a saved model, so that no label is kept from another one. */
export const modelHash = (folder: string): string => {
  readKind(folder);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (/\.(json|safetensors|txt|model)$/.test(name)) {
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
};

/** Opens a saved encoder of this project, or a Hugging Face checkpoint, as a labeler that is named by its content. */
export const loadLocalEmbedder = async (folder: string): Promise<Embedder> => {
  const kind = readKind(folder);
  const name = `${kind ?? 'model'} ${modelHash(folder)}`;
  if (kind === 'lsa') {
    const encoder = await LsaEncoder.load(folder);
    return { name, embed: (texts) => encoder.embed(texts) };
  }
  const encoder = await loadEncoder(folder);
  return { name, embed: (texts, { role = 'document' } = {}) => encodeTexts(encoder, texts, role) };
};
