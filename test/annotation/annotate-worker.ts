import { writeFileSync } from 'node:fs';
import {
  cachedChatModel,
  cachedEmbedder,
  createSpendBudget,
  labelSimilarities,
  openAiCompatible,
  openResponseCache,
  openSpendLedger,
  writeDocstrings,
} from '../../src/annotation/index.js';
import { functionsForTest } from './functions-for-test.js';

const [baseUrl = '', directory = '', count = '0', output = ''] = process.argv.slice(2);
const functions = functionsForTest(Number(count));
const ledger = openSpendLedger(`${directory}/spend.log`);
const { chat, embedder } = openAiCompatible({
  baseUrl,
  model: 'm',
  apiKeyVariable: 'WORKER_KEY',
  concurrency: 8,
  maxAttempts: 30,
  retry: { baseMs: 1, capMs: 4 },
  budget: createSpendBudget({ maxUsd: 1000, ledger }),
  prices: { chat: { promptPerMillion: 1, completionPerMillion: 1 }, embedding: { promptPerMillion: 1 } },
});
const cache = openResponseCache(`${directory}/cache`);
const rows = await writeDocstrings(functions, cachedChatModel(chat, cache), { concurrency: 8 });
const queries = rows.map(({ docstring }) => docstring ?? '');
const documents = functions.map(({ code }) => code);
const pairs = {
  query: functions.map((_, i) => i),
  document: functions.map((_, i) => (i * 7 + 1) % functions.length),
};
const labels = await labelSimilarities(
  cachedEmbedder(embedder, cache, { batchSize: 64, precision: 'float16' }),
  queries,
  documents,
  pairs,
);
writeFileSync(output, JSON.stringify({ rows, labels: [...labels] }));
