import type { NamedTensor } from '../../encoders/index.js';

/**
 * Finds stored tensors, all of them or none.
 *
 * @param shapes Of what is trained, by name.
 * @param keysOf Under which names a state holds them.
 * @throws Error naming one that is missing or has another shape.
 */
export const storedTensors = (
  state: ReadonlyMap<string, NamedTensor>,
  shapes: ReadonlyMap<string, readonly number[]>,
  keysOf: (name: string) => readonly string[],
): Map<string, Float32Array> =>
  new Map(
    [...shapes].flatMap(([name, shape]) =>
      keysOf(name).map((key) => {
        const found = state.get(key);
        if (found?.shape.join() !== shape.join())
          throw new Error(`the state must hold ${key} of shape [${shape.join(', ')}]`);
        return [key, found.data as Float32Array] as const;
      }),
    ),
  );

/** The step that a state holds. @throws Error when it holds none. */
export const storedStep = (state: ReadonlyMap<string, NamedTensor>): number => {
  const step = state.get('step');
  if (step?.data.length !== 1) throw new Error('the state must hold step of shape [1]');
  return step.data[0]!;
};

export const momentKeys = (name: string): readonly [string, string] => [`first/${name}`, `second/${name}`];
export const weightKey = (name: string): string => `weight/${name}`;
