import { beforeEach, describe, expect, it } from 'vitest';
import { expectGoldenGradients, golden, largestDifference } from '../onnx/golden-values.js';
import { configs, smallModel } from '../onnx/small-models.js';
import { smallWeights } from '../onnx/small-weights.js';
import { waves } from '../onnx/waves.js';
import { testBackends, useBackend } from '../support/backends.js';
import { runDescribedModel } from './described-model.js';

/**
 * Compiling for a device that is emulated takes seconds a model: there, a relative bias, and what is new in Gemma 3.
 * OASIS_FULL_SIZE=1 runs every architecture.
 */
const labelsOf = (backend: string): readonly string[] =>
  backend === 'webgpu' && process.env.OASIS_FULL_SIZE !== '1' ? ['mpnet', 'gemma3'] : Object.keys(configs);

describe.each(testBackends())('TransformerEncoder’s layers on %s', (backend) => {
  beforeEach(() => useBackend(backend));

  it.each(labelsOf(backend))('agree with transformers on %s', async (label) => {
    const model = smallModel(label);
    const expected = golden[`${label}-right`]!;
    const texts = expected.ids.map((ids, i) => ids.filter((_, t) => expected.mask[i]![t] === 1));
    const direction = waves('gradient', texts.length * model.transformer.width, 1);
    const found = await runDescribedModel(model, smallWeights(model), texts, direction);
    const last = found.hidden.subarray(-expected.hidden.length);
    expect(largestDifference(last, expected.hidden)).toBeLessThan(1e-5);
    expect(largestDifference(found.embeddings, expected.embeddings)).toBeLessThan(1e-5);
    expectGoldenGradients(found.gradients, expected.gradients);
    expect(found.leaked).toBe(0);
  });
});
