import { parentPort, workerData } from 'node:worker_threads';
import { type JoinTransfer, unpackJoin } from './join-transfer.js';
import type { WorkerTask } from './join-worker-pool.js';

if (parentPort !== null) {
  const port = parentPort;
  const join = unpackJoin(workerData as JoinTransfer);
  port.on('message', ({ from, to }: WorkerTask) => {
    const piece = join.run(from, to);
    port.postMessage(piece, [
      piece.left.buffer as ArrayBuffer,
      piece.right.buffer as ArrayBuffer,
      piece.distances.buffer as ArrayBuffer,
      piece.ratios.buffer as ArrayBuffer,
    ]);
  });
}
