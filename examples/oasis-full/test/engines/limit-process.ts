/**
 * A process that sends requests to a service as fast as its limits let it, several at once: a worker without the pipeline.
 * It says when it is ready, and begins once it is told to: how long it took to start does not count.
 *
 *   node limit-process.js CONNECTION FOLDER BASE_URL SETTINGS
 */
import { once } from 'node:events';
import { createSpendBudget, ModelError, openAiCompatible } from 'oasis-embed/annotation';
import { openQueueLimits } from '../../engine/queue-limits.js';
import { parseConnection } from '../../engine/queue-server.js';

interface Settings {
  readonly scope: string;
  readonly requests: number;
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly periodMs: number;
  readonly slackMs: number;
  readonly maxUsd?: number;
}

const main = async () => {
  const [connection, folder, baseUrl, text] = process.argv.slice(2) as [string, string, string, string];
  const { scope, requests, maxUsd, ...rates } = JSON.parse(text) as Settings;
  const limits = openQueueLimits(parseConnection(connection, 3), scope, () => {});
  const { chat } = openAiCompatible({
    baseUrl,
    model: 'm',
    maxTokens: 50,
    maxAttempts: 8,
    retry: { baseMs: 20 },
    ...rates,
    store: limits.rates('model'),
    ...(maxUsd === undefined
      ? {}
      : {
          budget: createSpendBudget({ maxUsd, ledger: limits.ledger(folder) }),
          prices: { chat: { promptPerMillion: 1000, completionPerMillion: 2000 } },
        }),
  });
  console.log('ready');
  await once(process.stdin, 'data');
  process.stdin.unref();
  let next = 0;
  const lane = async () => {
    while (next < requests) {
      const content = `${process.pid} ${next++}`;
      await chat.complete({ messages: [{ role: 'user', content }] });
    }
  };
  try {
    await Promise.all(Array.from({ length: rates.concurrency }, lane));
    console.log('done');
  } catch (error) {
    if (!(error instanceof ModelError) || error.kind !== 'budget') throw error;
    console.log(`budget: ${error.message}`);
  }
  await limits.close();
};
void main();
