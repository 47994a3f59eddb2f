import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { GENERAL_MODEL, generalModelFolder } from '../store/general-model.js';

/** `npm run` moves to the package's folder; paths are meant from where the command was typed. */
export const fromHere = (path: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), path);

/** Whether a model is named by `owner/name`, to be looked up on the hub: a folder is an absolute path by then. */
export const isHubName = (model: string): boolean => !isAbsolute(model);

/** `owner/name`, or an ONNX file of it, such as `owner/name/onnx/model_quantized.onnx`. */
const HUB_NAME = /^[\w.-]+\/[\w.-]+(\/([\w.-]+\/)*[\w.-]+\.onnx)?$/;

/**
 * A model's folder, meant from where the command was typed; where there is none, `general` is the one that is installed, and
 * `owner/name` stays a name of the hub.
 */
export const modelFromHere = (text: string): string => {
  const path = fromHere(text);
  if (text === GENERAL_MODEL && !existsSync(path)) return generalModelFolder();
  return !existsSync(path) && HUB_NAME.test(text) && !text.startsWith('.') ? text : path;
};

/** The first four bytes, so that a wrong file is refused before hours of other work. */
const startOf = (path: string): string => {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4);
    return head.toString('latin1', 0, readSync(file, head, 0, 4, 0));
  } finally {
    closeSync(file);
  }
};

/** A chat model: a GGUF file as it is meant from where the command was typed, any other name as it is. */
export const chatModelFromHere = (text: string): string => {
  if (!/\.gguf$/i.test(text)) return text;
  const path = fromHere(text);
  if (!existsSync(path)) throw new Error(`--chat-model, --judge-model: there is no file ${path}`);
  const start = startOf(path);
  if (start !== 'GGUF')
    throw new Error(
      `--chat-model, --judge-model: expected a GGUF file, but ${path} begins with ${JSON.stringify(start)}`,
    );
  return path;
};
