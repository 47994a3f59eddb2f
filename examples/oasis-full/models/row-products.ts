import type { RowProducts } from 'oasis-embed/metrics';
import type { NativeProducts } from 'oasis-embed/onnx';
import type { ModelEngine } from '../options/model-engine.js';

/** Queries times documents: below it, ONNX Runtime takes longer to load than to multiply. */
const WORTH_LOADING = 1e8;

/** What multiplies the rows of large rankings. */
export interface LargeProducts {
  /** Null where ONNX Runtime is not installed, not to be used, or not worth loading. */
  readonly open: (queries: number, documents: number) => Promise<RowProducts | null>;
  readonly close: () => Promise<void>;
}

/** ONNX Runtime, loaded when the first large ranking asks for it; the ranks are the same without. */
export const largeProducts = (engine: ModelEngine | undefined, threads: number): LargeProducts => {
  let loading: Promise<NativeProducts | null> | undefined;
  const load = async (): Promise<NativeProducts | null> => {
    const { nativeProducts } = await import('oasis-embed/onnx');
    return nativeProducts({ threads }).catch(() => null);
  };
  return {
    async open(queries, documents) {
      if (engine === 'tfjs' || queries * documents < WORTH_LOADING) return null;
      loading ??= load();
      return loading;
    },
    async close() {
      await (await loading)?.close();
      loading = undefined;
    },
  };
};
