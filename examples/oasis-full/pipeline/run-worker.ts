import { parseConnection, requireQueuePackages } from '../engine/queue-server.js';
import { workerName } from '../engine/shard-folder.js';
import { stopBy } from '../terminal/interrupt.js';
import { codeVersion } from './code-version.js';
import { shardThread } from './create-engine.js';

export interface RunWorkerOptions {
  readonly root: string;
  readonly connection: string;
  readonly workers: number;
  readonly lostAfter: number;
  readonly json: boolean;
}

/** Milliseconds between two lines about the same trouble. */
const TROUBLE_INTERVAL = 10_000;

/** Works until it is interrupted, then finishes what it has begun. */
export const runWorker = async ({
  root,
  connection,
  workers,
  lostAfter,
  json,
}: RunWorkerOptions): Promise<void> => {
  const code = codeVersion();
  const say = (event: string, fields: Readonly<Record<string, unknown>>, text: string) =>
    process.stderr.write(
      json ? `${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n` : `${text}\n`,
    );
  const server = parseConnection(connection);
  requireQueuePackages(server);
  // Loaded once their packages are known to be there.
  const [{ isAccessRefused }, { openQueueLimits }, { queueName, runId }, { startQueueWorker }] =
    await Promise.all([
      import('../engine/queue-connection.js'),
      import('../engine/queue-limits.js'),
      import('../engine/run-queue.js'),
      import('../engine/bullmq-worker.js'),
    ]);
  let lastTrouble = 0;
  let isReady = false;
  const onTrouble = (error: Error) => {
    // Until the worker is ready a refused password ends it, which says more.
    if (!isReady && isAccessRefused(error)) return;
    if (Date.now() - lastTrouble < TROUBLE_INTERVAL) return;
    lastTrouble = Date.now();
    const { code: name = '' } = error as NodeJS.ErrnoException;
    say('trouble', { reason: error.message || name }, `queue: ${error.message || name}; trying again`);
  };
  const limits = openQueueLimits(server, runId(root), onTrouble);
  const worker = await startQueueWorker({
    root,
    limits,
    server,
    queue: queueName(root, code),
    concurrency: workers,
    threadEntry: shardThread,
    lostAfter,
    onShard: ({ task: { stage, shard }, status, rows, seconds, reason }) => {
      const what = `${stage} ${shard}`;
      const text =
        status === 'started'
          ? `… ${what}`
          : status === 'done'
            ? `✓ ${what} · ${rows} rows · ${seconds?.toFixed(1)} s`
            : `✗ ${what}: ${reason}`;
      say('shard', { stage, shard, status, rows, seconds, reason }, text);
    },
    onTrouble,
  }).catch(async (error: unknown) => {
    // A server that does not answer must not keep the process.
    await limits.close();
    throw error;
  });
  isReady = true;
  say(
    'worker-started',
    { worker: workerName(), workers, server: server.kind, code: code.slice(0, 12) },
    `worker ${workerName()} · ${workers} at a time · ${server.kind} · code ${code.slice(0, 12)} · ${root}`,
  );
  await new Promise<void>((resolve) => stopBy(resolve));
  await worker.close();
  await limits.close();
  say(
    'worker-stopped',
    {},
    'Stopped. The shards in progress are finished; run the same command to continue.',
  );
  process.exit(0);
};
