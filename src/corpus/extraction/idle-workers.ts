import type { Worker } from 'node:worker_threads';

/**
 * How long a worker waits for the next repository. One that starts anew compiles the grammars and its own code again,
 * which takes it as long as parsing several megabytes.
 */
const IDLE_MILLISECONDS = 10_000;

const idle = new Map<Worker, ReturnType<typeof setTimeout>>();

/** One by one: removing all listeners would remove those through which a worker's messages arrive. */
const silence = (worker: Worker): void => {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
};

const forget = (worker: Worker): void => {
  clearTimeout(idle.get(worker));
  idle.delete(worker);
  silence(worker);
};

/** Keeps a worker that has nothing in work for whoever asks next; it keeps no process alive. */
export const keepIdle = (worker: Worker): void => {
  silence(worker);
  worker.on('error', () => forget(worker));
  worker.on('exit', () => forget(worker));
  worker.unref();
  const end = setTimeout(() => {
    forget(worker);
    // What goes wrong from here on concerns nobody.
    worker.on('error', () => {});
    void worker.terminate();
  }, IDLE_MILLISECONDS);
  end.unref();
  idle.set(worker, end);
};

/** The worker that was kept last, or null. */
export const takeIdle = (): Worker | null => {
  const worker = [...idle.keys()].at(-1);
  if (worker === undefined) return null;
  forget(worker);
  worker.ref();
  return worker;
};
