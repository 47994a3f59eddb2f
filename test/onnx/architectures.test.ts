import { beforeAll, describe, expect, it } from 'vitest';
import { loadOnnxRuntime, type OnnxRuntime } from '../../src/onnx/index.js';
import { expectGoldenGradients, golden, largestDifference } from './golden-values.js';
import { configs, runSmallModel } from './small-models.js';

describe.each(Object.keys(configs))('%s', (label) => {
  let runtime: OnnxRuntime;
  beforeAll(async () => {
    runtime = await loadOnnxRuntime();
  });

  it.each(['right', 'left'])('agrees with transformers where texts are padded on the %s', async (side) => {
    const expected = golden[`${label}-${side}`]!;
    const found = await runSmallModel(runtime, label, expected);
    const last = expected.ids.length - 1;
    const hidden = expected.ids[last]!.flatMap((_, t) => Array.from(found.hiddenAt(last, t)));
    expect(largestDifference(hidden, expected.hidden)).toBeLessThan(1e-5);
    expect(largestDifference(found.embeddings, expected.embeddings)).toBeLessThan(1e-5);
    expectGoldenGradients(found.gradients, expected.gradients);
  });
});
