/**
 * Whether onnxruntime-node has its CUDA library, which its install script fetches. Where it is missing, asking for CUDA makes
 * ONNX Runtime complain on stderr before it fails.
 */
export const hasCudaLibrary = async (): Promise<boolean> => {
  const { createRequire } = await import('node:module');
  const { existsSync, readdirSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  try {
    const bin = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin');
    const name =
      process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
    return readdirSync(bin).some((napi) => existsSync(join(bin, napi, process.platform, process.arch, name)));
  } catch {
    // Wherever else it lies, it may be there.
    return true;
  }
};
