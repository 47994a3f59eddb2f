import * as tf from '@tensorflow/tfjs';

const created = new Map<string, number>();

/**
 * A scope for the variables of a new encoder, such as `transformer-3`. One that the engine knows is passed over: two
 * copies of this package, as an ES module and as CommonJS, count apart and share an engine.
 */
export const newVariableScope = (kind: string): string => {
  const taken = new Set(Object.keys(tf.engine().registeredVariables).map((name) => name.split('/', 1)[0]));
  let number = created.get(kind) ?? 0;
  while (taken.has(`${kind}-${number}`)) number++;
  created.set(kind, number + 1);
  return `${kind}-${number}`;
};
