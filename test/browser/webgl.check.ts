/**
 * The losses, cached gradients and AdamW in a real browser, on every backend that it gives: WebGL here, the others in
 * backends.check.ts, so that two browsers share the time. Not part of `npm test`:
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project browser-losses
 *
 * All mixes of a setting run in one page, and its test files in it or in pages of their own. Every random mix runs on `cpu`
 * and `wasm`, there on typed arrays and on tensors, and on one setting of WebGL or WebGPU. OASIS_MIXES sets how many mixes, OASIS_SEED what is drawn.
 */
import { describe } from 'vitest';
import { describeLosses } from './describe-losses.js';

// One program for all shapes saves most of the compiling, and small tensors, too, stay on the GPU: TensorFlow.js works out on
// the processor what has fewer than 128 numbers. The other setting runs without either.
describe('webgl', () =>
  describeLosses({
    backend: 'webgl',
    flags: { WEBGL_USE_SHAPES_UNIFORMS: true, WEBGL_CPU_FORWARD: false },
    tolerance: 2e-4,
    mixes: [0, 0.45],
    suites: 'together',
  }));

describe('webgl, a program for each shape', () =>
  describeLosses({ backend: 'webgl', tolerance: 2e-4, mixes: [0.45, 0.47], suites: 'nowhere' }));
