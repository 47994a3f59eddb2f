import { type ChildProcess, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type MeasureReply, type PrepareReply, REPLY, type Reply, type Request } from './messages.js';
import { peerPython } from './peer-packages.js';
import type { Contender } from './suite.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const commandOf = (room: string, work: string, contender: Contender, number: number): [string, string[]] => {
  if ('module' in contender)
    return [peerPython(), ['-u', here('../peers/python/contender.py'), contender.module]];
  if ('main' in contender)
    return ['java', ['-cp', process.env[contender.jar]!, here(`../peers/java/${contender.main}`)]];
  const worker = ['--expose-gc', '--import', 'tsx', here('contender-worker.ts')];
  return [process.execPath, [...worker, room, work, String(number)]];
};

/** A contender in a process of its own: its memory is its own, and nothing that another ran has shaped its code. */
export class ContenderProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaints = '';

  constructor(room: string, work: string, contender: Contender, number: number) {
    const [command, args] = commandOf(room, work, contender, number);
    const threads = String(cpus().length);
    this.#name = `${room} ${work}, ${contender.name}`;
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        OMP_NUM_THREADS: threads,
        OPENBLAS_NUM_THREADS: threads,
        MKL_NUM_THREADS: threads,
      },
    });
    this.#child.on('error', (error) => {
      this.#complaints += error.message;
    });
    // A process that has ended is noticed where its reply is read.
    this.#child.stdin!.on('error', () => {});
    this.#child.stderr!.on('data', (text) => {
      this.#complaints = (this.#complaints + text).slice(-4000);
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async #ask<T extends Reply>(request: Request): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.#name}: the process ended\n${this.#complaints}`);
      if (!value.startsWith(REPLY)) continue;
      const reply = JSON.parse(value.slice(REPLY.length)) as Reply;
      if (reply.error !== undefined) throw new Error(`${this.#name}: ${reply.error}`);
      return reply as T;
    }
  }

  prepare(size: string, folder: string, share: boolean): Promise<PrepareReply> {
    return this.#ask({ do: 'prepare', size, folder, share });
  }

  measure(milliseconds: number): Promise<MeasureReply> {
    return this.#ask({ do: 'measure', milliseconds });
  }

  end(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }
}
