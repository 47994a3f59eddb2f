import { readSafetensors, type SafetensorsFile } from './safetensors.js';

/**
 * The values of a weight as a file holds them, refused where some are no numbers to compute with: one of them makes every vector
 * NaN, without a word.
 *
 * @param path The file, as errors name it.
 * @throws Error naming file and weight, with how many values are NaN or infinite.
 *
 * Time: one comparison a value.
 */
export const finiteWeights = <Values extends Float32Array>(
  path: string,
  name: string,
  values: Values,
): Values => {
  let [missing, infinite] = [0, 0];
  for (const value of values) {
    if (value - value === 0) continue;
    if (Number.isNaN(value)) missing += 1;
    else infinite += 1;
  }
  if (missing + infinite === 0) return values;
  const found = [missing === 0 ? null : `${missing} NaN`, infinite === 0 ? null : `${infinite} infinite`];
  throw new Error(
    `${path}: ${name} must hold finite numbers, found ${found.filter((part) => part !== null).join(' and ')} of ${values.length}`,
  );
};

/** A whole safetensors file of weights. @throws Error as {@link readSafetensors} and {@link finiteWeights} do. */
export const readFiniteWeights = async (path: string): Promise<SafetensorsFile> => {
  const file = await readSafetensors(path);
  for (const [name, { data }] of file.tensors) finiteWeights(path, name, data);
  return file;
};
