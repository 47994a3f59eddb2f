import { isTestPath } from '../../numerics/index.js';

const BENCHMARK = /(^|\/)benchmarks?\/|[._-](bench|benchmark)\.\w+$/;

/** Whether a file is no part of the program: tests, fixtures or benchmarks, by its path in the repository. */
export const isBesideProgram = (path: string): boolean => isTestPath(path) || BENCHMARK.test(path);
