import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The package in the folder that `.ci/node-llama-cpp` prints. */
export const loadNodeLlamaCpp = (): Promise<unknown> => {
  const folder = process.env.OASIS_NODE_LLAMA_CPP;
  if (folder === undefined) throw new Error('OASIS_NODE_LLAMA_CPP is not set: see .ci/node-llama-cpp');
  return import(pathToFileURL(createRequire(join(folder, 'package.json')).resolve('node-llama-cpp')).href);
};
