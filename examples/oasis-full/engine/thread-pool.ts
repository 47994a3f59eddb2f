import { Worker } from 'node:worker_threads';
import type { SharedLimits } from '../models/shared-limits.js';
import { describeFailure, type Failure, reviveFailure } from './failure.js';
import { answerLimitCall, type LimitCall } from './limit-calls.js';
import type { ShardVoice } from './run-shard.js';
import type { ShardRecord, ShardTask } from './shard-task.js';
import { threadBootstrap } from './thread-bootstrap.js';

/** What a thread is asked, and what it answers. */
export type ThreadRequest = ThreadShard | LimitAnswer | 'close';

export interface ThreadShard {
  readonly root: string;
  readonly task: ShardTask;
}

/** What the limits of the process say to a thread's question. */
export type LimitAnswer = { readonly serial: number } & (
  | { readonly value: unknown }
  | { readonly failure: Failure }
);

export type ThreadAnswer =
  | { readonly kind: 'limit'; readonly serial: number; readonly call: LimitCall }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number; readonly note: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'done'; readonly record: ShardRecord }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A failure that came from a thread, with whether it must stop the run. */
export class ShardFailure extends Error {
  override readonly name = 'ShardFailure';

  constructor(readonly failure: Failure) {
    super(failure.message, { cause: reviveFailure(failure) });
  }
}

interface Thread {
  readonly worker: Worker;
  settle: ((answer: ThreadAnswer | Error) => void) | null;
}

/**
 * Worker threads that each process one shard at a time, started when first needed. All share the same limits.
 *
 * @param entry The module that a thread runs: it calls `runPoolThread`.
 */
export const createThreadPool = (size: number, limits: SharedLimits, entry: URL) => {
  const idle: Thread[] = [];
  const all = new Set<Thread>();
  const waiting: ((thread: Thread) => void)[] = [];

  const start = (): Thread => {
    const worker = new Worker(threadBootstrap(entry), { eval: true });
    const thread: Thread = { worker, settle: null };
    worker.on('message', (answer: ThreadAnswer) => {
      if (answer.kind !== 'limit') {
        thread.settle?.(answer);
        return;
      }
      const { serial, call } = answer;
      const say = (said: LimitAnswer) => worker.postMessage(said satisfies ThreadRequest);
      answerLimitCall(limits, call).then(
        (value) => say({ serial, value }),
        (error: unknown) => say({ serial, failure: describeFailure(error) }),
      );
    });
    const gone = (error: Error) => {
      all.delete(thread);
      const at = idle.indexOf(thread);
      if (at >= 0) idle.splice(at, 1);
      thread.settle?.(error);
    };
    worker.on('error', gone);
    worker.on('exit', (code) => gone(new Error(`a worker thread ended with code ${code}`)));
    all.add(thread);
    return thread;
  };
  const borrow = (): Promise<Thread> | Thread => {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (all.size < size) return start();
    return new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (thread: Thread) => {
    thread.settle = null;
    const next = waiting.shift();
    if (all.has(thread)) {
      if (next === undefined) {
        thread.worker.unref();
        idle.push(thread);
      } else next(thread);
    } else if (next !== undefined) next(start());
  };

  return {
    size,
    async run(request: ThreadShard, voice: ShardVoice): Promise<ShardRecord> {
      const thread = await borrow();
      thread.worker.ref();
      try {
        return await new Promise<ShardRecord>((resolve, reject) => {
          thread.settle = (answer) => {
            if (answer instanceof Error) reject(answer);
            else if (answer.kind === 'progress') voice.progress(answer.done, answer.total, answer.note);
            else if (answer.kind === 'line') voice.line(answer.text);
            else if (answer.kind === 'failed') reject(new ShardFailure(answer.failure));
            else if (answer.kind === 'done') resolve(answer.record);
          };
          thread.worker.postMessage(request);
        });
      } finally {
        giveBack(thread);
      }
    },
    /** Ends the threads, each after what it is doing: one that is cut off inside the database takes the process along. */
    async close(): Promise<void> {
      const ended = [...all].map(
        ({ worker }) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
      );
      for (const { worker } of all) {
        worker.ref();
        worker.postMessage('close' satisfies ThreadRequest);
      }
      await Promise.all(ended);
    },
  };
};

export type ThreadPool = ReturnType<typeof createThreadPool>;
