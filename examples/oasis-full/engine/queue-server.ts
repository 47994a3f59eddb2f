import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'bullmq';

/** Where the queue lives: a Redis or Valkey server, or a PostgreSQL database. */
export type QueueServer =
  | { readonly kind: 'redis'; readonly options: ConnectionOptions }
  | { readonly kind: 'postgres'; readonly url: string; readonly silenceMs: number };

/** Seconds without an answer after which a connection is given up, longer than any wait that is asked for. */
const SILENCE = 10;

const redisOptions = (url: URL, silenceMs: number): ConnectionOptions => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: url.port === '' ? 6379 : Number(url.port),
  db: Number(url.pathname.slice(1) || 0),
  ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
  ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  ...(url.protocol === 'rediss:' || url.protocol === 'valkeys:' ? { tls: {} } : {}),
  // A restarting server is waited for, however long it takes.
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(2000, 100 * times),
  // Where a machine or a firewall on the way is gone, nobody says that a connection has ended.
  socketTimeout: silenceMs,
});

/**
 * Reads the connection of `--connection`.
 *
 * @param silence Seconds without an answer after which a connection counts as dead and a new one is made.
 * @throws Error that names the forms; the text itself may hold a password and is not repeated.
 */
export const parseConnection = (text: string, silence = SILENCE): QueueServer => {
  const silenceMs = silence * 1000;
  let url: URL | null = null;
  try {
    url = new URL(text);
  } catch {
    // Handled below with every other form that is not known.
  }
  if (url !== null && /^(rediss?|valkeys?):$/.test(url.protocol) && /^(\/\d*)?$/.test(url.pathname))
    return { kind: 'redis', options: redisOptions(url, silenceMs) };
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol))
    return { kind: 'postgres', url: text, silenceMs };
  throw new Error(
    '--connection: expected redis://[user:password@]host[:port][/number] (rediss:// with TLS, valkey:// alike) or ' +
      `postgres://[user:password@]host[:port]/database, received ${url === null ? 'no URL' : `${url.protocol}//…`}`,
  );
};

/** The packages that each kind of server needs: optional peers of this package. */
const packages = { redis: ['bullmq', 'ioredis'], postgres: ['bullmq', 'pg'] } as const;

/**
 * Makes sure that the packages of a queue are installed before anything imports them.
 *
 * @throws Error that names those missing, with the command that installs them.
 */
export const requireQueuePackages = ({ kind }: QueueServer): void => {
  const { resolve } = createRequire(import.meta.url);
  const missing = packages[kind].filter((name) => {
    try {
      resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return;
  throw new Error(
    `a queue on ${kind === 'redis' ? 'Redis or Valkey' : 'PostgreSQL'} needs ${missing.join(' and ')}, ` +
      `not installed: npm install ${missing.join(' ')}`,
  );
};
