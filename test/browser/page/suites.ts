/** The bundle of a page: test files of the losses, the gradient cache and AdamW, run by name. */
import fc from 'fast-check';
import { loosenMatchers } from '../../support/loosen-matchers.js';
import { runTestFiles } from '../../support/run-test-files.js';
import { openBackend } from './backends.js';
import { runMixes } from './run-mixes.js';
import { runReported } from './run-reported.js';
import { runTraining } from './run-training.js';

const files: Readonly<Record<string, () => Promise<unknown>>> = {
  'test/encoders/linear.test.ts': () => import('../../encoders/linear.test.js'),
  'test/losses/cached-gradients.test.ts': () => import('../../losses/cached-gradients.test.js'),
  'test/losses/cosent-loss.test.ts': () => import('../../losses/cosent-loss.test.js'),
  'test/losses/distillation.test.ts': () => import('../../losses/distillation.test.js'),
  'test/losses/extras.test.ts': () => import('../../losses/extras.test.js'),
  'test/losses/golden.test.ts': () => import('../../losses/golden.test.js'),
  'test/losses/info-nce-loss.test.ts': () => import('../../losses/info-nce-loss.test.js'),
  'test/losses/oasis-loss.test.ts': () => import('../../losses/oasis-loss.test.js'),
  'test/numerics/tensors.test.ts': () => import('../../numerics/tensors.test.js'),
  'test/training/adam-w.test.ts': () => import('../../training/adam-w.test.js'),
};

const suiteFiles = () => Object.keys(files);

/**
 * Runs test files, whose properties draw by `seed`, with numbers compared to `tolerance` where the backend has fewer digits
 * than the tests ask for.
 */
const runSuites = (names: readonly string[], seed: number, tolerance = 0) => {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
  if (tolerance > 0) loosenMatchers(tolerance);
  return runTestFiles(Object.fromEntries(names.map((name) => [name, files[name]!])));
};

const api = { openBackend, runMixes, runReported, runSuites, runTraining, suiteFiles };

/** What the test calls in the page. */
export type PageApi = typeof api;

Object.assign(globalThis, api);
