import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { GgufFileInfo, LlamaModule } from './llama-module.js';

/** Bytes read at each place of a file, and the number of places between its first bytes and its last. */
const SAMPLE = 65_536;
const PLACES = 64;
/** Holds the whole header of most models: the fields, the vocabulary, the tensors' names and sizes. */
const HEAD = 4_194_304;

/**
 * Names a GGUF file by its content: its size, its first 4 MB, and 64 KB at 64 places of its weights. It takes
 * milliseconds where a hash of the whole file would take a minute, and misses a change of a few weights only.
 *
 * @throws Error when the file cannot be read or is no GGUF file.
 */
export const ggufFingerprint = (file: string): string => {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const hash = createHash('sha256').update(`${size}\n`);
    const readAt = (position: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
    };
    const head = readAt(0, HEAD);
    if (head.toString('latin1', 0, 4) !== 'GGUF')
      throw new Error(
        `expected a GGUF file, but ${file} begins with ${JSON.stringify(head.toString('latin1', 0, 4))}`,
      );
    hash.update(head);
    const rest = Math.max(0, size - HEAD - SAMPLE);
    for (let place = 0; place <= PLACES; place++)
      if (rest > 0) hash.update(readAt(HEAD + Math.floor((rest * place) / PLACES), SAMPLE));
    return hash.digest('hex').slice(0, 16);
  } finally {
    closeSync(descriptor);
  }
};

/** Architectures whose models only embed. */
const ENCODERS = /bert|^t5encoder$|^gemma-embedding$/;

/**
 * The header of a file that holds a chat model.
 *
 * @throws Error saying what else it holds, or what is wrong with it.
 */
export const readChatHeader = async (module: LlamaModule, file: string): Promise<GgufFileInfo> => {
  let info: GgufFileInfo;
  try {
    info = await module.readGgufFileInfo(file, { sourceType: 'filesystem', logWarnings: false });
  } catch (error) {
    throw new Error(`${file} is damaged: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  // What lies beyond the end is read as zeros.
  const { size } = statSync(file);
  if ((info.infoEndOffset ?? 0) > size)
    throw new Error(
      `${file} is damaged: its header should take ${info.infoEndOffset} bytes, but the file has only ${size}`,
    );
  const { general, tokenizer } = info.metadata;
  const architecture = general?.architecture;
  if (typeof architecture !== 'string' || architecture === '')
    throw new Error(`${file} is damaged: its header names no architecture`);
  if (ENCODERS.test(architecture) || info.architectureMetadata?.pooling_type !== undefined)
    throw new Error(`${file} holds an embedding model (${architecture}), expected a chat model`);
  const template = tokenizer?.chat_template;
  if (typeof template !== 'string' || template.trim() === '')
    throw new Error(
      `${file} has no chat template, so it is no chat model: look for a file of the same model that is tuned to instructions`,
    );
  return info;
};
