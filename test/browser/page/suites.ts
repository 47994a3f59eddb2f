/** The bundle of a page: test files of the losses, the gradient cache and AdamW, run by name. */
import * as tf from '@tensorflow/tfjs';
import { type File, startTests, type Task, type VitestRunner } from '@vitest/runner';
import { openBackend } from './backends.js';
import { runMixes } from './run-mixes.js';

const files: Readonly<Record<string, () => Promise<unknown>>> = {
  'test/losses/cached-gradients.test.ts': () => import('../../losses/cached-gradients.test.js'),
  'test/losses/cosent-loss.test.ts': () => import('../../losses/cosent-loss.test.js'),
  'test/losses/extras.test.ts': () => import('../../losses/extras.test.js'),
  'test/losses/golden.test.ts': () => import('../../losses/golden.test.js'),
  'test/losses/info-nce-loss.test.ts': () => import('../../losses/info-nce-loss.test.js'),
  'test/losses/oasis-loss.test.ts': () => import('../../losses/oasis-loss.test.js'),
  'test/numerics/tensors.test.ts': () => import('../../numerics/tensors.test.js'),
  'test/training/adam-w.test.ts': () => import('../../training/adam-w.test.js'),
};

/** What became of one test. */
export interface Outcome {
  readonly name: string;
  readonly state: string;
  readonly message: string;
}

const outcomes = (tasks: readonly Task[], path: string): Outcome[] =>
  tasks.flatMap((task) => {
    const name = `${path} > ${task.name}`;
    const own = {
      name,
      state: task.result?.state ?? task.mode,
      message: task.result?.errors?.map((error) => error.message).join('\n') ?? '',
    };
    if (task.type === 'test') return [own];
    const inside = outcomes(task.tasks, name);
    return own.message === '' ? inside : [own, ...inside];
  });

const runSuites = async (): Promise<Outcome[]> => {
  const runner: VitestRunner = {
    config: {
      root: '/',
      setupFiles: [],
      passWithNoTests: false,
      allowOnly: true,
      sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: { truncateThreshold: 0 },
      maxConcurrency: 1,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
      testNamePattern: undefined,
      diffOptions: undefined,
    } as unknown as VitestRunner['config'],
    importFile: (path) => files[path]!(),
  };
  const finished: File[] = await startTests(Object.keys(files), runner);
  return finished.flatMap((file) => [
    ...(file.result?.errors ?? []).map(({ message, stack = '' }) => ({ name: file.name, state: 'fail', message: message + stack })),
    ...outcomes(file.tasks, file.name.replace(/^.*?(?=test\/)/, '')),
  ]);
};

Object.assign(globalThis, { tf, openBackend, runSuites, runMixes });
