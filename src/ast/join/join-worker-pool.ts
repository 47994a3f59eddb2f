import type { Worker } from 'node:worker_threads';
import { findWorkerFile, workerFlags } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { type JoinTransfer, packJoin } from './join-transfer.js';
import type { JoinPiece } from './near-twin-join.js';
import type { JoinPlan } from './near-twins.js';

/** What a worker is asked, and what it answers. */
export interface WorkerTask {
  readonly from: number;
  readonly to: number;
}

/** Worker threads that join blocks of rows. */
export interface JoinWorkers {
  /** The pieces of all rows in order, whichever worker is done first. */
  run(rows: number, block: number): AsyncGenerator<JoinPiece>;
  close(): Promise<void>;
}

interface Member {
  readonly worker: Worker;
  readonly waiting: { resolve(piece: JoinPiece): void; reject(error: unknown): void }[];
}

/**
 * Starts worker threads for a join, or warns and returns null where that is impossible: no Node, or a bundle that
 * left the worker's file out.
 */
export const startWorkers = async (
  trees: readonly FlatTree[],
  plan: JoinPlan,
  threads: number,
): Promise<JoinWorkers | null> => {
  const file = await findWorkerFile(
    import.meta.url,
    ['./join-worker.js', './ast/join-worker.js'],
    './join-worker.ts',
  );
  if (file === null) {
    const message = 'join-worker was not found beside this module: working in one thread';
    if (typeof process === 'object') process.emitWarning(message);
    else console.warn(message);
    return null;
  }
  const { Worker } = await import('node:worker_threads');
  const workerData: JoinTransfer = packJoin(trees, plan);
  const members = Array.from({ length: threads }, (): Member => {
    const worker = new Worker(file.code, { workerData, eval: file.evaluate, execArgv: workerFlags() });
    const waiting: Member['waiting'] = [];
    worker.on('message', (piece: JoinPiece) => waiting.shift()?.resolve(piece));
    const fail = (error: unknown) => {
      for (const task of waiting.splice(0)) task.reject(error);
    };
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`a join worker stopped with exit code ${code}`)));
    return { worker, waiting };
  });
  const ask = (task: WorkerTask): Promise<JoinPiece> => {
    const member = members.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
    const answer = new Promise<JoinPiece>((resolve, reject) => member.waiting.push({ resolve, reject }));
    // Whoever awaits it sees the failure; a piece nobody awaits any more may fail in silence.
    answer.catch(() => {});
    member.worker.postMessage(task);
    return answer;
  };
  return {
    async *run(rows, block) {
      const asked: Promise<JoinPiece>[] = [];
      let from = 0;
      for (;;) {
        // Far enough ahead to keep the workers busy, not so far that results pile up.
        while (from < rows && asked.length < threads * 8) {
          asked.push(ask({ from, to: Math.min(rows, from + block) }));
          from += block;
        }
        const piece = asked.shift();
        if (piece === undefined) return;
        yield await piece;
      }
    },
    async close() {
      await Promise.all(members.map(({ worker }) => worker.terminate()));
    },
  };
};
