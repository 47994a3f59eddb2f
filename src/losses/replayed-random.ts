import { createRandom } from '../numerics/index.js';

/**
 * Runs a task whose random numbers depend on seed and stream alone: those of the generator that it is given, and those of
 * Math.random, from which TensorFlow.js seeds `tf.dropout`, `tf.randomNormal` and the like where they get no seed.
 */
export const withReplayedRandom = <T>(seed: number, stream: string, task: (random: () => number) => T): T => {
  const generator = createRandom(seed, stream);
  const random = (): number => generator.uniform();
  const original = Math.random;
  Math.random = random;
  try {
    return task(random);
  } finally {
    Math.random = original;
  }
};
