/** The bundle of a page: an encoder embeds and trains on onnxruntime-web. */
import { type DeviceName, fetchedFiles, loadOnnxRuntime, selectDevice } from '../../../src/onnx/index.js';
import { trainALittle } from '../train-a-little.js';

/** What of onnxruntime-web a page sets before it starts. */
interface Web {
  readonly env: { readonly wasm: { wasmPaths: string; numThreads: number } };
}

const MODULES: Readonly<Partial<Record<DeviceName, string>>> = {
  cpu: '/ort/ort.wasm.bundle.min.mjs',
  webgpu: '/ort/ort.webgpu.bundle.min.mjs',
};

/** @param folder Of the model, on the page's server. */
const run = async (device: DeviceName, folder: string) => {
  const module = (await import(MODULES[device]!)) as Web;
  module.env.wasm.wasmPaths = '/ort/';
  module.env.wasm.numThreads = 1;
  const runtime = await loadOnnxRuntime(async () => module);
  const choice = await selectDevice(device, runtime);
  const { files, ...found } = await trainALittle(fetchedFiles(folder), { runtime, device });
  return {
    ...found,
    files: [...files].map(([name, bytes]) => [name, [...bytes]] as const),
    choice: choice.summary,
  };
};

/** Without a module to load, as a page that forgot to pass it. */
const without = () => loadOnnxRuntime().then(String, (error: Error) => error.message);

const api = { run, without };
export type OnnxPage = typeof api;
(globalThis as { onnxPage?: OnnxPage }).onnxPage = api;
