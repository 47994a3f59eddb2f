import { weightList } from '../../src/encoders/description/index.js';
import type { ModelDescription } from '../../src/encoders/index.js';
import { waves } from './waves.js';

/** Weights that follow from their names, as golden/architectures.py makes them. */
export const smallWeights = (model: ModelDescription): Map<string, Float32Array> =>
  new Map(
    weightList(model).map(({ name, shape }) => {
      const isNorm = name.endsWith('weight') && name.toLowerCase().includes('norm');
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, waves(name, count, isNorm ? 0.2 : 0.3, isNorm ? 1 : 0)];
    }),
  );
