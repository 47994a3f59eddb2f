import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** `npm run` moves to the package's folder; paths are meant from where the command was typed. */
export const fromHere = (path: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), path);

/** A model's folder, meant from where the command was typed; where there is none, `owner/name` stays a name of the hub. */
export const modelFromHere = (text: string): string => {
  const path = fromHere(text);
  return !existsSync(path) && /^[\w.-]+\/[\w.-]+$/.test(text) && !text.startsWith('.') ? text : path;
};

/** A chat model: a GGUF file as it is meant from where the command was typed, any other name as it is. */
export const chatModelFromHere = (text: string): string => {
  if (!/\.gguf$/i.test(text)) return text;
  const path = fromHere(text);
  if (!existsSync(path)) throw new Error(`--chat-model, --judge-model: there is no file ${path}`);
  return path;
};
