import { parentPort, workerData } from 'node:worker_threads';
import { loadTextModel } from '../models/text-model.js';
import type { ModelThreadAnswer, ModelThreadRequest } from './model-thread-client.js';

/** What the thread of a model does: embeds texts, a batch for each message. Elsewhere than in a worker thread, nothing. */
const runModelThread = async (): Promise<void> => {
  if (parentPort === null) return;
  const port = parentPort;
  const say = (answer: ModelThreadAnswer, move: readonly ArrayBuffer[] = []) =>
    port.postMessage(answer, move);
  const model = await loadTextModel(workerData.folder as string);
  say({ kind: 'ready', name: model.kind, dimensions: model.dimensions });
  port.on('message', async ({ texts, role }: ModelThreadRequest) => {
    try {
      const { data } = await model.embed(texts, role);
      say({ kind: 'vectors', data }, [data.buffer as ArrayBuffer]);
    } catch (error) {
      say({ kind: 'failed', message: (error as Error).message });
    }
  });
};

await runModelThread();
