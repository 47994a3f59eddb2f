import { parentPort, workerData } from 'node:worker_threads';
import { rankRange } from './rank-range.js';
import type { RankTask, RankWorkerData, RankWorkerMessage } from './relevant-ranks-in-threads.js';

if (parentPort !== null) {
  const port = parentPort;
  const { plan, queries, corpus, chunkSize, scoring } = workerData as RankWorkerData;
  const send = (message: RankWorkerMessage, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  port.on('message', ({ from, to }: RankTask) => {
    let reported = 0;
    const found = rankRange(plan, queries, corpus, from, to, {
      chunkSize,
      scoring,
      onProgress(share) {
        const done = Math.floor(share * (to - from));
        if (done > reported) send({ kind: 'progress', more: done - reported });
        reported = done;
      },
    });
    send({ kind: 'ranks', from, found }, [
      found.ranks.buffer as ArrayBuffer,
      found.gains.buffer as ArrayBuffer,
      found.documents.buffer as ArrayBuffer,
    ]);
  });
}
