import { parentPort } from 'node:worker_threads';
import { analyzeFile } from './analyze-file.js';
import type { WorkerAnswer, WorkerQuestion } from './extraction-workers.js';

if (parentPort !== null) {
  const port = parentPort;
  // One file at a time: the one that was asked first is the one that a crash is due to.
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ bytes, task }: WorkerQuestion) => {
    last = last.then(async () => {
      let answer: WorkerAnswer;
      try {
        answer = { file: await analyzeFile(bytes, task) };
      } catch (error) {
        answer = { error: error instanceof Error ? error.message : String(error) };
      }
      port.postMessage(answer);
    });
  });
}
