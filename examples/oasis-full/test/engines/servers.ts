import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that a test started on loopback, with what it keeps in a folder of its own. */
export interface TestServer {
  readonly kind: 'redis' | 'postgres';
  readonly url: string;
  /** Stops it and starts it again after `meanwhile`; redis forgets everything, PostgreSQL nothing. */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

const until = async (ready: () => boolean, what: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (ready()) return;
    await sleep(100);
  }
  throw new Error(`${what} did not come up within 20 s`);
};

const answers = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Tests that run at the same time may restart one server: one restart after the other. */
const inTurn = <T extends unknown[]>(action: (...values: T) => Promise<void>): typeof action => {
  let last: Promise<unknown> = Promise.resolve();
  return (...values) => {
    const turn = last.then(() => action(...values));
    last = turn.catch(() => {});
    return turn;
  };
};

/** Redis, or Valkey, without any persistence: the hardest case, since a restart loses every job. */
const startRedis = async (program = 'redis-server'): Promise<TestServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'oasis-redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const start = async () => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    child = spawn(program, [...settings, '--dir', folder], { stdio: 'ignore' });
    // The client of either speaks to both.
    await until(() => answers('redis-cli', '-p', String(port), 'ping'), program);
  };
  const stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
  };
  await start();
  return {
    kind: 'redis',
    url: `redis://127.0.0.1:${port}`,
    restart: inTurn(async (meanwhile = () => sleep(500)) => {
      await stop();
      await meanwhile();
      await start();
    }),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Where Debian puts PostgreSQL's programs, the newest first. */
const postgresPrograms = (): string => {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (versions[0] === undefined) throw new Error(`${root} must hold PostgreSQL, received no version`);
  return join(root, versions[0], 'bin');
};

/**
 * PostgreSQL refuses to run as root: a test that is root runs it as the user `postgres`.
 *
 * @param password Of the user `oasis`; without one every client on this machine is trusted.
 */
export const startPostgres = async (password: string | null = null): Promise<TestServer> => {
  const programs = postgresPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'oasis-postgres-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const identity: { uid?: number; gid?: number } = {};
  if (process.getuid?.() === 0) {
    const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
    identity.uid = id('-u');
    identity.gid = id('-g');
    chownSync(folder, identity.uid, identity.gid);
    chownSync(data, identity.uid, identity.gid);
  }
  const passwordFile = join(folder, 'password');
  if (password !== null) writeFileSync(passwordFile, password);
  const access = password === null ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', passwordFile];
  const initialized = spawnSync(join(programs, 'initdb'), ['-D', data, '-U', 'oasis', ...access], {
    ...identity,
    cwd: folder,
    encoding: 'utf8',
  });
  if (initialized.status !== 0) throw new Error(`initdb failed: ${initialized.stderr}`);
  const port = await freePort();
  let child: ChildProcess;
  const start = async () => {
    const settings = [
      '-p',
      String(port),
      '-k',
      folder,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
    ];
    child = spawn(join(programs, 'postgres'), ['-D', data, ...settings], {
      ...identity,
      cwd: folder,
      stdio: 'ignore',
    });
    const ready = () => answers(join(programs, 'pg_isready'), '-h', '127.0.0.1', '-p', String(port));
    await until(ready, 'postgres');
  };
  const stop = async () => {
    child.kill('SIGINT');
    await ended(child);
  };
  await start();
  return {
    kind: 'postgres',
    url: `postgres://oasis${password === null ? '' : `:${password}`}@127.0.0.1:${port}/postgres`,
    restart: inTurn(async (meanwhile = () => sleep(500)) => {
      await stop();
      await meanwhile();
      await start();
    }),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Valkey's server, where one is installed or OASIS_VALKEY names its program. */
const valkey = process.env.OASIS_VALKEY ?? (answers('valkey-server', '--version') ? 'valkey-server' : null);

/** Every kind of server that a queue may live on, by name. */
export const queueServers: readonly (readonly [string, () => Promise<TestServer>])[] = [
  ['redis', () => startRedis()],
  ['postgres', () => startPostgres()],
  ...(valkey === null ? [] : [['valkey', () => startRedis(valkey)] as const]),
];
