import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import { hostPath } from '../../../src/losses/host-path.js';

/** Stands for test/support/backends.ts in a page: the one backend that the page is for. */
export const testBackends = (): string[] => [pageBackend];

const BY_TENSORS = ' by tensors';

/** Where the host reads tensors at once, the losses have a path there too, and both are tested. */
export const lossBackends = (): string[] =>
  pageBackend === 'wasm' ? [pageBackend, `${pageBackend}${BY_TENSORS}`] : [pageBackend];

let pageBackend = 'cpu';

/** Makes a backend the page's own, with flags that must be set before it starts. */
export const openBackend = async (
  name: string,
  flags: Readonly<Record<string, boolean | number>>,
): Promise<void> => {
  setWasmPaths('/wasm/');
  tf.env().setFlags({ ...tf.env().getFlags(), ...flags });
  pageBackend = name;
  await useBackend(name);
};

export const useBackend = async (wanted: string): Promise<void> => {
  const name = wanted.replace(BY_TENSORS, '');
  hostPath.enabled = name === wanted;
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} could not be initialized`);
  await tf.ready();
};
