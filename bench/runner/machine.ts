import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Machine } from './record.js';

const oneDigit = (value: number) => Math.round(value * 10) / 10;

/** Processes that wanted a processor in the last minute. */
export const currentLoad = (): number => oneDigit(loadavg()[0]!);

export const describeMachine = (backend: string): Omit<Machine, 'load'> => ({
  cpu: cpus()[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  node: process.version.slice(1),
  backend,
});

/** The commit that is checked out, with a mark where files were changed since. */
export const currentCommit = (): string => {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      'src',
      'bench',
      'package-lock.json',
    );
    return `${git('rev-parse', '--short=10', 'HEAD')}${changed === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
};
