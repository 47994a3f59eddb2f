import { UnrecoverableError } from 'bullmq';
import { cacheKey } from 'oasis-embed/annotation';
import { defaultRetry, type Engine, type EngineHooks, Interrupted, type RetryPolicy } from './engine.js';
import { type Failure, reviveFailure } from './failure.js';
import {
  closeClients,
  connect,
  describeTrouble,
  isAccessRefused,
  isConnectionTrouble,
  openEvents,
  openQueue,
  refusalOf,
} from './queue-connection.js';
import type { QueueServer } from './queue-server.js';
import { createShardFolder, type ShardFolder } from './shard-folder.js';
import type { ShardOutcome, ShardTask } from './shard-task.js';

export interface BullMqOptions {
  /** The run's folder, shared with the workers. */
  readonly root: string;
  readonly server: QueueServer;
  readonly queue: string;
  readonly retry?: RetryPolicy;
}

/** Milliseconds between two looks at the state of what is open: events tell sooner, this finds what they missed. */
const LOOK_INTERVAL = 1000;
/** Jobs looked at each time. */
const LOOK_COUNT = 200;
const BATCH = 500;
/** Milliseconds between two lines about a server that cannot be reached. */
const TROUBLE_INTERVAL = 10_000;

/** A second job of one shard and key is not queued: the id is taken. */
export const jobIdOf = ({ stage, shard, key }: ShardTask): string => `${stage}~${shard}~${key.slice(0, 32)}`;

/** How a worker says that the run must stop. */
const FATAL = 'fatal ';
export const fatalFailure = (failure: Failure): Error =>
  new UnrecoverableError(`${FATAL}${JSON.stringify(failure)}`);

/** What a worker reports while a shard runs, as the progress of its job. */
export type JobNote =
  | { readonly done: number; readonly total: number; readonly note: string }
  | { readonly line: string };

interface Open {
  readonly index: number;
  readonly task: ShardTask;
}

/**
 * The coordinator's side of a queue: puts shards in and waits for their markers in the shared folder. The queue
 * holds nothing of value: losing a coordinator or a server costs no more than queueing again.
 */
export const createBullMqEngine = async ({
  root,
  server,
  queue: name,
  retry = defaultRetry,
}: BullMqOptions): Promise<Engine> => {
  const folder = createShardFolder(root);
  const halt = createHalt();
  let sayTrouble: (line: string) => void = () => {};
  let lastTrouble = Number.NEGATIVE_INFINITY;
  const onTrouble = (error: Error) => {
    if (isAccessRefused(error)) halt.now(refusalOf(error, server));
    else if (Date.now() - lastTrouble >= TROUBLE_INTERVAL) {
      lastTrouble = Date.now();
      sayTrouble(`the queue's server cannot be reached (${describeTrouble(error)}); trying again`);
    }
  };
  const queue = await connect(server, () => openQueue(server, name), { patience: 10, onTrouble });
  const events = openEvents(server, name);
  events.on('error', onTrouble);

  const jobOf = (task: ShardTask) => ({
    name: task.stage,
    data: task,
    opts: {
      jobId: jobIdOf(task),
      attempts: retry.attempts,
      backoff: { type: 'exponential', delay: retry.backoff },
      removeOnComplete: true,
      removeOnFail: false,
    },
  });

  return {
    name: `bullmq on ${server.kind}`,
    async runStage(tasks, hooks: EngineHooks = {}) {
      const outcomes = new Array<ShardOutcome>(tasks.length);
      const open = new Map<string, Open>();
      let done = 0;
      const settle = (id: string, index: number, outcome: ShardOutcome) => {
        if (outcomes[index] !== undefined) return;
        outcomes[index] = outcome;
        open.delete(id);
        done++;
        hooks.onOutcome?.(outcome, done, tasks.length);
      };
      for (const [index, task] of tasks.entries()) {
        const id = jobIdOf(task);
        const record = await folder.finished(task, (reason) =>
          hooks.onLine?.(`${reason}: ${task.stage} ${task.shard} is redone`),
        );
        const letter = record === null ? folder.letter(task) : null;
        if (record !== null) settle(id, index, { status: 'kept', record });
        else if (letter !== null) settle(id, index, { status: 'failed', letter });
        else open.set(id, { index, task });
      }

      const wake = createBell();
      const hints = new Set<string>();
      const onEnd = ({ jobId }: { jobId: string }) => {
        hints.add(jobId);
        wake.ring();
      };
      const onProgress = ({ jobId, data }: { jobId: string; data: unknown }) => {
        const task = open.get(jobId)?.task;
        const note = data as JobNote;
        if (task === undefined) return;
        if ('line' in note) hooks.onLine?.(note.line);
        else hooks.onProgress?.(task, note.done, note.total, note.note);
      };
      events.on('completed', onEnd).on('failed', onEnd).on('progress', onProgress);

      const add = async (some: readonly Open[]) => {
        for (let i = 0; i < some.length; i += BATCH)
          await queue.addBulk(some.slice(i, i + BATCH).map(({ task }) => jobOf(task)));
      };
      /**
       * Jobs that an earlier coordinator queued under another budget, service or speed get this one's settings; and what
       * would have ended that run (a spent budget, a full disk) does not end this one.
       */
      const renew = async (some: readonly Open[]) => {
        for (const { task } of some) {
          const job = await queue.getJob(jobIdOf(task));
          if (job === undefined) continue;
          const state = await job.getState();
          if (state === 'failed' && job.failedReason?.startsWith(FATAL)) await queue.remove(jobIdOf(task));
          else if (state !== 'active' && !isSameWay(job.data, task)) await job.updateData(task);
        }
      };
      /** Settles a job that has ended; queues it again where the server has forgotten it. */
      const look = async (id: string) => {
        const entry = open.get(id);
        if (entry === undefined) return;
        const record = folder.record(entry.task);
        if (record !== null) {
          settle(id, entry.index, { status: 'done', record });
          return;
        }
        const found = await queue.getJob(id);
        if (found === undefined) return add([entry]);
        if ((await found.getState()) !== 'failed') return;
        // Read again: it may have failed between the two questions, and what was read first knows no reason.
        const job = await queue.getJob(id);
        if (job === undefined) return add([entry]);
        if (!isSameWay(job.data, entry.task)) {
          await queue.remove(id);
          await add([entry]);
        } else {
          const { failedReason = 'for no known reason', attemptsMade } = job;
          const outcome = await collectFailure(folder, entry.task, failedReason, attemptsMade);
          await queue.remove(id);
          if (outcome instanceof Error) throw outcome;
          settle(id, entry.index, outcome);
        }
      };

      sayTrouble = (line) => hooks.onLine?.(line);
      let queued = false;
      let renewed = false;
      let cursor: string[] = [];
      let silentSince = Date.now();
      try {
        const round = async () => {
          if (!queued) {
            if (!renewed) await renew([...open.values()]);
            renewed = true;
            await add([...open.values()]);
            queued = true;
          }
          for (const id of [...hints]) {
            hints.delete(id);
            await look(id);
          }
          if (cursor.length === 0) cursor = [...open.keys()];
          for (const id of cursor.splice(0, LOOK_COUNT)) await look(id);
          if (Date.now() - silentSince > 15_000) {
            silentSince = Date.now();
            if (open.size > 0 && (await queue.getWorkersCount()) === 0)
              hooks.onLine?.(
                `no worker is connected; start one: oasis-full worker --out ${root} --connection …`,
              );
          }
        };
        while (open.size > 0) {
          try {
            // A client of Redis waits for its server however long that takes: a stop must not.
            await halt.or(round());
          } catch (error) {
            if (isAccessRefused(error as Error)) throw refusalOf(error as Error, server);
            if (!isConnectionTrouble(error)) throw error;
            onTrouble(error as Error);
            // What it knew may be lost with it: everything still open is asked for again.
            queued = false;
          }
          if (open.size > 0) await halt.or(wake.wait(LOOK_INTERVAL));
        }
      } finally {
        events.off('completed', onEnd).off('failed', onEnd).off('progress', onProgress);
      }
      for (const stage of new Set(tasks.map((task) => task.stage))) await folder.sweep(stage);
      return outcomes;
    },
    stop() {
      halt.now(new Interrupted());
    },
    async close() {
      sayTrouble = () => {};
      await closeClients(events, queue);
    },
  };
};

/** By sorted keys: a database may order them anew. */
const isSameWay = (a: ShardTask, b: ShardTask): boolean => cacheKey(a.how) === cacheKey(b.how);

const collectFailure = async (
  folder: ShardFolder,
  task: ShardTask,
  reason: string,
  attempts: number,
): Promise<ShardOutcome | Error> => {
  if (reason.startsWith(FATAL)) return reviveFailure(JSON.parse(reason.slice(FATAL.length)) as Failure);
  const said = /stalled more than/.test(reason) ? `its workers died again and again (${reason})` : reason;
  return { status: 'failed', letter: await folder.giveUp(task, said, attempts, 'a worker') };
};

/** Ends whatever is waited for, now or later. */
const createHalt = () => {
  let now = (_: Error) => {};
  const halted = new Promise<never>((_, reject) => {
    now = reject;
  });
  halted.catch(() => {});
  return {
    now,
    or<T>(work: Promise<T>): Promise<T> {
      work.catch(() => {});
      return Promise.race([halted, work]);
    },
  };
};

/** Something to wait for that may ring before or while one waits. */
const createBell = () => {
  let rung = false;
  let resume: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      resume?.();
    },
    async wait(milliseconds: number): Promise<void> {
      if (!rung) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          resume = resolve;
          timer = setTimeout(resolve, milliseconds);
        });
        clearTimeout(timer);
        resume = null;
      }
      rung = false;
    },
  };
};
