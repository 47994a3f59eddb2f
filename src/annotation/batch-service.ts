import type { HttpClient } from './http-client.js';
import { ModelError } from './model-error.js';
import { property } from './open-ai-chat.js';
import { sleep } from './retry-delay.js';

const nothing = { tokens: 0, maxUsd: 0, usage: () => null };

/** The state of a batch. */
export const fetchBatch = (
  client: HttpClient,
  id: string,
  signal: AbortSignal | undefined,
): Promise<unknown> =>
  client.send({ ...nothing, method: 'GET', path: `batches/${id}`, read: (json) => json, signal });

/** The text of a file. */
export const fetchFile = (
  client: HttpClient,
  file: string,
  signal: AbortSignal | undefined,
): Promise<string> =>
  client.send({
    ...nothing,
    method: 'GET',
    path: `files/${file}/content`,
    format: 'text',
    read: String,
    signal,
  });

const idOf = (json: unknown): string => {
  const id = property(json, 'id');
  if (typeof id !== 'string' || id === '') throw new ModelError('malformed', 'the answer has no id');
  return id;
};

/** Uploads the requests of a batch and returns the file's id. */
export const uploadFile = (
  client: HttpClient,
  text: string,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const body = new FormData();
  body.set('purpose', 'batch');
  body.set('file', new Blob([text], { type: 'application/jsonl' }), 'requests.jsonl');
  return client.send({ ...nothing, path: 'files', body, read: idOf, signal });
};

/** Creates a batch once: after a fault it looks whether the service has it before it asks again. */
export const createBatch = async (
  client: HttpClient,
  inputFile: string,
  endpoint: string,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const body = { input_file_id: inputFile, endpoint, completion_window: '24h' };
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.send({ ...nothing, path: 'batches', body, read: idOf, maxAttempts: 1, signal });
    } catch (error) {
      if (!(error instanceof ModelError) || error.kind === 'status') throw error;
      const existing = await findBatch(client, inputFile, signal);
      if (existing !== null) return existing;
      if (attempt >= 6) throw error;
      await sleep(250 * 2 ** attempt * Math.random(), signal);
    }
  }
};

/** The batch made from an input file, or null. */
export const findBatch = async (
  client: HttpClient,
  inputFile: string,
  signal: AbortSignal | undefined,
): Promise<string | null> => {
  const query = { limit: '100' };
  const read = (json: unknown) => property(json, 'data');
  const data = await client.send({ ...nothing, method: 'GET', path: 'batches', query, read, signal });
  const found = Array.isArray(data)
    ? data.find((batch) => property(batch, 'input_file_id') === inputFile)
    : null;
  return found === null || found === undefined ? null : idOf(found);
};
