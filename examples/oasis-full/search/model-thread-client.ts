import { Worker } from 'node:worker_threads';
import type { TextRole } from 'oasis-embed/encoders';
import { threadBootstrap } from '../engine/thread-bootstrap.js';
import type { TextModel } from '../models/text-model.js';

export interface ModelThreadRequest {
  readonly texts: readonly string[];
  readonly role: TextRole;
}

export type ModelThreadAnswer =
  | { readonly kind: 'ready'; readonly name: string; readonly dimensions: number }
  | { readonly kind: 'vectors'; readonly data: Float32Array }
  | { readonly kind: 'failed'; readonly message: string };

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './model-thread.ts' : './model-thread.js',
  import.meta.url,
);

/**
 * Loads a model in a thread of its own, where it embeds while this one does something else. Batches are embedded one after
 * another, answers come in the order of the questions.
 *
 * @throws Error as `loadTextModel` does.
 */
export const startModelThread = async (folder: string): Promise<TextModel> => {
  const worker = new Worker(threadBootstrap(entry), { eval: true, workerData: { folder } });
  const asked: { resolve(answer: ModelThreadAnswer): void; reject(error: Error): void }[] = [];
  let gone: Error | null = null;
  const answered = () =>
    new Promise<ModelThreadAnswer>((resolve, reject) => {
      if (gone === null) asked.push({ resolve, reject });
      else reject(gone);
    });
  const fail = (error: Error) => {
    gone ??= error;
    for (const { reject } of asked.splice(0)) reject(error);
  };
  worker.on('message', (answer: ModelThreadAnswer) => asked.shift()?.resolve(answer));
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the thread of the model ended with code ${code}`)));
  const ready = await answered();
  if (ready.kind !== 'ready') throw new Error(`expected a model, received ${ready.kind}`);
  const { name, dimensions } = ready;
  return {
    kind: name,
    dimensions,
    engine: null,
    async embed(texts, role, { signal } = {}) {
      signal?.throwIfAborted();
      const answer = answered();
      worker.postMessage({ texts, role } satisfies ModelThreadRequest);
      const said = await answer;
      if (said.kind === 'vectors') return { data: said.data, rows: texts.length, columns: dimensions };
      throw new Error(said.kind === 'failed' ? said.message : `expected vectors, received ${said.kind}`);
    },
    async close() {
      await worker.terminate();
    },
  };
};
