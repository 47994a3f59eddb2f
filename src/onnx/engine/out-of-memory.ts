import type { Sizes } from '../graph/sized-shape.js';

/** As ONNX Runtime, V8 and WebAssembly say it. */
const SIGNS =
  /failed to allocate memory|bad_alloc|out of memory|array buffer allocation failed|invalid array buffer length/i;

/**
 * Runs a pass; where memory runs out, the error says how large the pass was and what to lower.
 *
 * @param advice Options, as a person would read them in a sentence.
 */
export const namingMemory = async <T>(
  { batch, length }: Sizes,
  advice: string,
  run: () => Promise<T>,
): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    if (!SIGNS.test(reason)) throw error;
    throw new Error(`out of memory in a pass of ${batch} texts of ${length} tokens: ${advice} (${reason})`, {
      cause: error,
    });
  }
};

export const EMBED_ADVICE = 'lower tokensPerPass or maximumLength';
export const TRAINING_ADVICE =
  'lower tokensPerPass or maximumLength, or set recomputeLayers, recompute or chunkSize, lora or frozenLayers';
