import { useBackend } from '../../test/support/backends.js';

/** The backend of TensorFlow.js that OASIS_BENCH_BACKEND names, `wasm` without one. */
export const useBenchBackend = async (): Promise<void> => {
  await useBackend(process.env.OASIS_BENCH_BACKEND ?? 'wasm');
};
