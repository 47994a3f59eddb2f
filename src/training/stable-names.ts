import type * as tf from '@tensorflow/tfjs';

/**
 * The names of variables within their model: what stands after the model's own scope, which is numbered anew in each
 * process.
 *
 * A model of `tf.layers` has a scope for each layer, and `kernel` in all of them: where what is left is not unique, it is
 * put behind the number of its scope, in the order of the variables.
 */
export const stableNames = (variables: readonly tf.Variable[]): readonly string[] => {
  const parts = variables.map(({ name }) => {
    const slash = name.indexOf('/');
    return { scope: name.slice(0, Math.max(slash, 0)), rest: name.slice(slash + 1) };
  });
  const short = parts.map(({ rest }) => rest);
  if (new Set(short).size === short.length) return short;
  const scopes = [...new Set(parts.map(({ scope }) => scope))];
  return parts.map(({ scope, rest }) => `${scopes.indexOf(scope)}/${rest}`);
};
