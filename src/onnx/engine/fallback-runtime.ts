import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxRuntime } from './load-runtime.js';

type Run = (
  feeds: Readonly<Record<string, Tensor>>,
  ...rest: unknown[]
) => Promise<InferenceSession.ReturnType>;

/**
 * A runtime whose sessions compute on the processor from the first run on that fails on the device. The run itself is made
 * again there: what it was given is on the host.
 *
 * @param onFallback Is told why, once for all sessions.
 */
export const fallbackRuntime = (
  device: OnnxRuntime,
  processor: OnnxRuntime,
  onFallback: (reason: Error) => void,
): OnnxRuntime => {
  let hasFailed = false;
  const createSession: OnnxRuntime['createSession'] = async (model, options) => {
    const first = hasFailed ? null : await device.createSession(model, options);
    let second: Promise<InferenceSession> | null = null;
    const onProcessor = () => {
      const { preferredOutputLocation: _, ...plain } = options;
      second ??= processor.createSession(model, plain);
      return second;
    };
    const run: Run = async (feeds, ...rest) => {
      if (!hasFailed && first !== null) {
        try {
          return await (first.run as Run)(feeds, ...rest);
        } catch (error) {
          // What lies on the device is lost with it.
          if (Object.values(feeds).some(({ location }) => location !== 'cpu')) throw error;
          if (!hasFailed) onFallback(error instanceof Error ? error : new Error(String(error)));
          hasFailed = true;
        }
      }
      return ((await onProcessor()).run as Run)(feeds, ...rest);
    };
    const { inputNames, outputNames, inputMetadata, outputMetadata } = first ?? (await onProcessor());
    return {
      inputNames,
      outputNames,
      inputMetadata,
      outputMetadata,
      run,
      async release() {
        await first?.release();
        await (await second?.catch(() => null))?.release();
      },
      startProfiling() {},
      endProfiling() {},
    } as InferenceSession;
  };
  return { ...device, createSession };
};
