import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPostgresBackend,
  type JobsOptions,
  type Processor,
  Queue,
  QueueEvents,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import type { QueueServer } from './queue-server.js';
import type { ShardTask } from './shard-task.js';

const postgres = withBackend(createPostgresBackend);

/** Open sockets by their server. */
const sockets = new WeakMap<QueueServer, Set<Socket>>();

/** What is used of a client of `pg`, which has no types of its own. */
type PostgresClient = new (config: unknown) => { on(event: 'error', listener: () => void): unknown };

/**
 * A client that outlives the loss of its connection. One that somebody has borrowed from a pool has nobody who listens:
 * its queries fail, which says it all, and the event would end the process.
 */
const sturdyClient = (): PostgresClient => {
  const { Client } = createRequire(import.meta.url)('pg') as { readonly Client: PostgresClient };
  return class extends Client {
    constructor(config: unknown) {
      super(config);
      this.on('error', () => {});
    }
  };
};

/** What every pool of connections to a PostgreSQL server is opened with. */
export const poolOptions = (server: Extract<QueueServer, { readonly kind: 'postgres' }>) => ({
  connectionString: server.url,
  max: 4,
  Client: sturdyClient(),
  // Where a machine or a firewall on the way is gone, nobody says that a connection has ended.
  keepAlive: true,
  query_timeout: server.silenceMs,
  connectionTimeoutMillis: server.silenceMs,
  // Nor is the server told: a client that is gone must not keep everybody waiting for the locks of its transaction.
  idle_in_transaction_session_timeout: server.silenceMs,
  stream: () => {
    const socket = new Socket();
    const open = sockets.get(server) ?? new Set();
    sockets.set(server, open.add(socket));
    return socket.once('close', () => open.delete(socket));
  },
});

/** A client that cannot answer a server's question for its password leaves the connection open, until the server is tired. */
const hangUp = (server: QueueServer): void => {
  for (const socket of sockets.get(server) ?? []) socket.destroy();
};

/** How long a finished event stays readable: more than any stage has shards. */
const streams = { events: { maxLen: 100_000 } };

/** Milliseconds that Redis waits for events before it answers that there are none: less than a connection may be silent. */
const EVENTS_WAIT = 5000;

interface Client {
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<unknown>;
  /** Drops the connection, whatever is under way. */
  disconnect(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A queued shard. */
export interface ShardJob {
  readonly data: ShardTask;
  /** Absent until it has failed. */
  readonly failedReason: string | undefined;
  readonly attemptsMade: number;
  getState(): Promise<string>;
  updateData(task: ShardTask): Promise<void>;
}

/** What the engine asks of a queue. BullMQ's own types differ by server; these parts are common to all. */
export interface ShardQueue extends Client {
  addBulk(jobs: { name: string; data: ShardTask; opts?: JobsOptions }[]): Promise<unknown>;
  getJob(id: string): Promise<ShardJob | undefined>;
  remove(id: string): Promise<unknown>;
  getWorkersCount(): Promise<number>;
}

export interface ShardEvents extends Client {
  on(event: 'error', listener: (error: Error) => void): this;
  on(event: 'completed' | 'failed', listener: (ended: { jobId: string }) => void): this;
  on(event: 'progress', listener: (progress: { jobId: string; data: unknown }) => void): this;
  off(event: 'completed' | 'failed', listener: (ended: { jobId: string }) => void): this;
  off(event: 'progress', listener: (progress: { jobId: string; data: unknown }) => void): this;
}

export interface ShardWorker extends Client {
  run(): Promise<unknown>;
}

export const openQueue = (server: QueueServer, name: string): ShardQueue =>
  server.kind === 'redis'
    ? new Queue<ShardTask>(name, { connection: server.options, streams })
    : new postgres.Queue<ShardTask>(name, { connection: { ...poolOptions(server), migrate: true }, streams });

export const openEvents = (server: QueueServer, name: string): ShardEvents =>
  server.kind === 'redis'
    ? new QueueEvents(name, { connection: server.options, blockingTimeout: EVENTS_WAIT })
    : new postgres.QueueEvents(name, { connection: { ...poolOptions(server), migrate: true } });

export const openWorker = (
  server: QueueServer,
  name: string,
  processor: Processor<ShardTask>,
  options: Omit<WorkerOptions, 'connection'>,
): ShardWorker =>
  server.kind === 'redis'
    ? new Worker<ShardTask>(name, processor, { ...options, connection: server.options })
    : new postgres.Worker<ShardTask>(name, processor, {
        ...options,
        connection: { ...poolOptions(server), migrate: true },
      });

export interface ConnectOptions {
  /** Seconds a server that is down is waited for. */
  readonly patience: number;
  readonly onTrouble?: (error: Error) => void;
}

const PAUSE = 250;

/**
 * Opens a client and waits until its server answers. A Redis client retries by itself; a PostgreSQL client gives
 * up at the first refusal, so it is replaced by a new one.
 *
 * @throws Error where the server refuses the client, or does not answer in time.
 */
export const connect = async <C extends Client>(
  server: QueueServer,
  open: () => C,
  { patience, onTrouble = () => {} }: ConnectOptions,
): Promise<C> => {
  const until = Date.now() + patience * 1000;
  for (;;) {
    const client = open();
    client.on('error', onTrouble);
    const error = await readyBefore(until, client).then(
      () => null,
      (error: Error) => error,
    );
    if (error === null) return client;
    void client.close(true).catch(() => {});
    if (!isConnectionTrouble(error) || Date.now() + PAUSE > until) {
      hangUp(server);
      throw refusalOf(error, server, Date.now() + PAUSE > until ? patience : null);
    }
    onTrouble(error);
    await sleep(PAUSE);
  }
};

/** Milliseconds that a client has to take leave of its server. */
const LEAVE_MS = 5000;

/** Waits for clients to close, and no longer than that: a server that is gone must not keep what is finished. */
export const leaveSoon = async (closing: Promise<unknown>): Promise<boolean> => {
  const left = new AbortController();
  const late = sleep(LEAVE_MS, false, { signal: left.signal }).catch(() => false);
  const isClosed = closing.then(
    () => true,
    () => true,
  );
  return Promise.race([isClosed, late]).finally(() => left.abort());
};

/** Closes clients, or drops their connections where they do not answer. */
export const closeClients = async (...clients: readonly Client[]): Promise<void> => {
  if (await leaveSoon(Promise.allSettled(clients.map((client) => client.close())))) return;
  for (const client of clients) client.disconnect().catch(() => {});
};

/** Resolves when the client is ready; rejects with its last trouble at the time `until`. */
const readyBefore = async (until: number, client: Client): Promise<void> => {
  let last = new Error('silence');
  let refuse = (_: Error) => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => {});
  client.on('error', (error) => {
    last = error;
    // A client of Redis would go on asking with the same password.
    if (isAccessRefused(error)) refuse(error);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(last), until - Date.now());
  });
  try {
    await Promise.race([client.waitUntilReady(), late, refused]);
  } finally {
    clearTimeout(timer);
  }
};

/** How the servers and their drivers say that a password is missing; `pg` fails in its own protocol step. */
const NO_PASSWORD = /NOAUTH|no password (was )?supplied|client password must be a string/i;

/** A wrong or missing password, as the two servers name it: no wait changes that. */
export const isAccessRefused = (error: Error): boolean =>
  NO_PASSWORD.test(error.message) ||
  /WRONGPASS|NOPERM|invalid password|invalid username-password|password authentication failed/i.test(
    error.message,
  ) ||
  /^28/.test(String((error as NodeJS.ErrnoException).code ?? ''));

/** What ends a command that cannot use its queue, after `patience` seconds of waiting if there were any. */
export const refusalOf = (error: Error, server: QueueServer, patience: number | null = null): Error => {
  const waited = patience === null ? '' : `no answer within ${patience} s: `;
  return new Error(`--connection: the queue's server cannot be used: ${waited}${reasonOf(error, server)}`, {
    cause: error,
  });
};

const reasonOf = (error: Error, { kind }: QueueServer): string => {
  const form =
    kind === 'redis' ? 'redis://:PASSWORD@host:6379' : 'postgres://USER:PASSWORD@host:5432/database';
  if (NO_PASSWORD.test(error.message))
    return `it wants a password, which the address may hold (${form}): ${error.message}`;
  if (isAccessRefused(error)) return `it refuses the user name or password: ${error.message}`;
  return describeTrouble(error);
};

/** How the two drivers say that they have waited long enough. */
const NO_ANSWER = /socket timeout|query read timeout|timeout (exceeded|expired)|connection timeout/i;

/** A failure of the server, or of the way to it, as people read it. */
export const describeTrouble = (error: Error): string => {
  if (NO_ANSWER.test(error.message)) return `no answer in time: ${error.message.replace(/\.$/, '')}`;
  return error.message !== '' ? error.message : String((error as NodeJS.ErrnoException).code ?? error.name);
};

/** Errors of the network and of a server that starts or ends, as the two drivers name them. */
export const isConnectionTrouble = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as NodeJS.ErrnoException;
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|57P0|08|53)/.test(String(code)) ||
    NO_ANSWER.test(error.message) ||
    /connection (is closed|terminated)|terminating connection|not queryable|LOADING|READONLY/i.test(
      error.message,
    )
  );
};
