import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { TaskEvaluation } from 'oasis-embed/benchmarks';
import { commitStream } from '../store/commit-file.js';

/** A file, or every file below a folder, with its size and time: enough to tell that nothing was touched since an interruption. */
const stateOf = async (folder: string): Promise<readonly string[]> => {
  const own = await stat(folder).catch(() => null);
  if (own?.isFile()) return [folder, `${own.size} ${own.mtimeMs}`];
  const names = await readdir(folder, { recursive: true });
  const lines = await Promise.all(
    names.sort().map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
  return [folder, ...lines];
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/**
 * What an evaluation has finished, kept outside of it until it ends: the ranks of one system on one task at a time.
 *
 * The folder is named after everything that determines the ranks, so a different command finds no results of another.
 */
export class FinishedEvaluations {
  readonly #folder: string;
  /** For vectors while they are in use. */
  readonly scratch: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.scratch = join(folder, `vectors-${process.pid}`);
  }

  /**
   * @param folders Read by the evaluation: the benchmark's files and the models.
   * @param choices What else decides the ranks.
   */
  static async open(folders: readonly string[], choices: unknown): Promise<FinishedEvaluations> {
    const states = await Promise.all(folders.map(stateOf));
    const key = createHash('sha256')
      .update(JSON.stringify([states, choices]))
      .digest('hex')
      .slice(0, 24);
    const kept = new FinishedEvaluations(join(tmpdir(), `oasis-full-evaluate-${key}`));
    await mkdir(kept.scratch, { recursive: true });
    // Vectors of an interrupted evaluation are of no use.
    for (const name of await readdir(kept.#folder)) {
      const pid = Number(/^vectors-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
      if (pid > 0 && !isRunning(pid)) await rm(join(kept.#folder, name), { recursive: true, force: true });
    }
    return kept;
  }

  #path(task: string, system: number): string {
    return join(this.#folder, `${task}-${system}.bin`);
  }

  /** The evaluation of a system on a task, from before or from now. */
  async get(task: string, system: number, evaluate: () => Promise<TaskEvaluation>): Promise<TaskEvaluation> {
    const path = this.#path(task, system);
    if (existsSync(path)) return deserialize(await readFile(path)) as TaskEvaluation;
    const evaluation = await evaluate();
    await commitStream(path, (handle) => handle.writeFile(serialize(evaluation)));
    return evaluation;
  }

  /** The evaluation has failed: what it finished stays, if there is any. */
  async leave(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
    if ((await readdir(this.#folder)).length === 0) await this.remove();
  }

  /** The evaluation is over: nothing is left behind. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
