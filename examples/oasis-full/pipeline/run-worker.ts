import { parseConnection, requireQueuePackages } from '../engine/queue-server.js';
import { workerName } from '../engine/shard-folder.js';
import { codeVersion } from '../store/code-version.js';
import { stopBy } from '../terminal/interrupt.js';
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

/** Seconds that the queue's server may take for an answer, however soon a worker counts as lost: BullMQ waits up to 10. */
const LEAST_SILENCE = 12;

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
  const server = parseConnection(connection, Math.max(LEAST_SILENCE, lostAfter));
  requireQueuePackages(server);
  // Loaded once their packages are known to be there.
  const [
    { describeTrouble, isAccessRefused, refusalOf },
    { openQueueLimits },
    { queueName, runId },
    { startQueueWorker },
  ] = await Promise.all([
    import('../engine/queue-connection.js'),
    import('../engine/queue-limits.js'),
    import('../engine/run-queue.js'),
    import('../engine/bullmq-worker.js'),
  ]);
  let lastTrouble = 0;
  let refuse = (_: Error) => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => {});
  const onTrouble = (error: Error) => {
    if (isAccessRefused(error)) {
      refuse(refusalOf(error, server));
      return;
    }
    if (Date.now() - lastTrouble < TROUBLE_INTERVAL) return;
    lastTrouble = Date.now();
    const reason = describeTrouble(error);
    say('trouble', { reason }, `queue: ${reason}; trying again`);
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
    onShard: ({ task: { stage, shard }, status, holder, rows, seconds, reason }) => {
      const what = `${stage} ${shard}`;
      const by = holder?.worker;
      const texts = {
        started: `… ${what}`,
        waiting: `… ${what} waits: worker ${by ?? 'unknown'} is still at work on it`,
        done: `✓ ${what} · ${rows} rows · ${seconds?.toFixed(1)} s`,
        failed: `✗ ${what}: ${reason}`,
      };
      say('shard', { stage, shard, status, by, rows, seconds, reason }, texts[status]);
    },
    onTrouble,
  }).catch(async (error: unknown) => {
    // A server that does not answer must not keep the process.
    await limits.close();
    throw error;
  });
  say(
    'worker-started',
    { worker: workerName(), workers, server: server.kind, code: code.slice(0, 12) },
    `worker ${workerName()} · ${workers} at a time · ${server.kind} · code ${code.slice(0, 12)} · ${root}`,
  );
  // Clients that are refused go on asking, and whoever waited for them to close would wait for ever.
  await Promise.race([new Promise<void>((resolve) => stopBy(resolve)), refused]);
  await worker.close();
  await limits.close();
  say(
    'worker-stopped',
    {},
    'Stopped. The shards in progress are finished; run the same command to continue.',
  );
  process.exit(0);
};
