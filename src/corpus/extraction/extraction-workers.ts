import type { Worker } from 'node:worker_threads';
import { findWorkerFile, workerFlags } from '../../numerics/index.js';
import type { AnalyzedFile, FileTask } from './analyze-file.js';
import type { FileAnalyzer } from './file-analyzer.js';
import { keepIdle, takeIdle } from './idle-workers.js';

export interface WorkerQuestion {
  readonly bytes: Uint8Array;
  readonly task: FileTask;
}

export type WorkerAnswer = { readonly file: AnalyzedFile } | { readonly error: string };

interface Waiting extends WorkerQuestion {
  readonly resolve: (file: AnalyzedFile) => void;
  readonly reject: (error: Error) => void;
}

interface Member {
  worker: Worker;
  /** In the order asked: the first is the one in work. */
  waiting: Waiting[];
}

/**
 * Starts worker threads that analyse files, each with its own parsers, or warns and returns null where that is
 * impossible: a bundle that left the worker's file out. Those of the analysis before go on, if it was just now.
 *
 * A worker that dies, of a file beyond its memory, costs that file alone: another takes its place.
 */
export const startExtractionWorkers = async (threads: number): Promise<FileAnalyzer | null> => {
  const file = await findWorkerFile(
    import.meta.url,
    ['./extraction-worker.js', './corpus/extraction-worker.js'],
    './extraction-worker.ts',
  );
  if (file === null) {
    process.emitWarning('extraction-worker was not found beside this module: working in one thread');
    return null;
  }
  const { Worker } = await import('node:worker_threads');
  let isClosed = false;
  const start = (member: Omit<Member, 'worker'> & { worker?: Worker }): Worker => {
    const worker = takeIdle() ?? new Worker(file.code, { eval: file.evaluate, execArgv: workerFlags() });
    worker.on('message', (answer: WorkerAnswer) => {
      const asked = member.waiting.shift();
      if ('file' in answer) asked?.resolve(answer.file);
      else asked?.reject(new Error(answer.error));
    });
    let cause: Error | null = null;
    worker.on('error', (error: Error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (isClosed || member.worker !== worker) return;
      const [guilty, ...others] = member.waiting.splice(0);
      if (guilty === undefined) return;
      // Of what it held no copy is left: who asked reads it again.
      if (cause !== null && !('code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY')) {
        for (const { reject } of [guilty, ...others]) reject(cause);
        return;
      }
      guilty.resolve('unparsable');
      member.worker = start(member);
      for (const question of others) ask(member as Member, question);
    });
    return worker;
  };
  const ask = (member: Member, question: Waiting): void => {
    member.waiting.push(question);
    // Copied, not handed over: it may have to be asked again.
    const { bytes, task } = question;
    member.worker.postMessage({ bytes, task } satisfies WorkerQuestion);
  };
  const members = Array.from({ length: threads }, (): Member => {
    const member: { worker?: Worker; waiting: Waiting[] } = { waiting: [] };
    member.worker = start(member);
    return member as Member;
  });
  return {
    // While a large file at the head is waited for, the others go on.
    ahead: 32 * threads,
    analyze(bytes, task) {
      const load = ({ waiting }: Member) => waiting.reduce((sum, question) => sum + question.bytes.length, 0);
      const member = members.reduce((a, b) => (load(b) < load(a) ? b : a));
      return new Promise((resolve, reject) => ask(member, { bytes, task, resolve, reject }));
    },
    async close() {
      isClosed = true;
      await Promise.all(
        members.map(({ worker, waiting }) =>
          // Whoever gave up, for an error or a signal, left it in the middle of something.
          waiting.length === 0 && worker.threadId >= 0 ? keepIdle(worker) : worker.terminate(),
        ),
      );
    },
  };
};
