import { type File, startTests, type Task, type VitestRunner } from '@vitest/runner';

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

/**
 * Runs test files on vitest's own runner, wherever JavaScript runs.
 *
 * @param files What imports each, by its path from the root of the checkout.
 */
export const runTestFiles = async (
  files: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Outcome[]> => {
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
    ...(file.result?.errors ?? []).map(({ message, stack = '' }) => ({
      name: file.name,
      state: 'fail',
      message: message + stack,
    })),
    ...outcomes(file.tasks, file.name.replace(/^.*?(?=test\/)/, '')),
  ]);
};
