/** As webgl.check.ts, on the other backends and with WebGL's other textures. */
import { describe } from 'vitest';
import { describeLosses } from './describe-losses.js';

describe.each(['cpu', 'wasm'])('%s', (backend) =>
  describeLosses({ backend, tolerance: 1e-4, mixes: [0, 1], suites: 'together' }),
);

// What GPUs compute, where it is quick.
describe('wasm by tensors', () =>
  describeLosses({ backend: 'wasm by tensors', tolerance: 1e-4, mixes: [0, 1], suites: 'nowhere' }));

describe('webgl without packing', () =>
  describeLosses({
    backend: 'webgl',
    flags: { WEBGL_PACK: false, WEBGL_USE_SHAPES_UNIFORMS: true },
    tolerance: 2e-4,
    mixes: [0.47, 0.62],
    suites: 'together',
  }));

describe('webgl with 16-bit textures', () =>
  describeLosses({
    backend: 'webgl',
    flags: { WEBGL_FORCE_F16_TEXTURES: true, WEBGL_USE_SHAPES_UNIFORMS: true },
    tolerance: 0.1,
    mixes: [0.62, 0.82],
    suites: 'together',
    suiteTolerance: 0.1,
    // Scores of hundreds over τ, rows of 1e-20, an ε of 1e-8, and finite differences of numbers with three digits.
    beyond:
      /sum over all ordered pairs, value and gradient$|safeNormalize gives unit rows at any size|1e-8 by default$|trainable temperature through both terms$/,
  }));

// A software device has not the memory for all files in one page.
describe('webgpu', () =>
  describeLosses({ backend: 'webgpu', tolerance: 2e-4, mixes: [0.82, 1], suites: 'apart' }));
