import type { IncomingMessage } from 'node:http';

/** What the Batch API answers to a path, as JSON or as the text of a file. */
export type BatchAnswer = string | object;

/** Polls until a batch is done. */
const POLLS = 2;

/**
 * The files and batches of the protocol, answered by the same function as direct requests.
 *
 * @param answer The body of the answer to a request's body at its address.
 */
export const createFakeBatches = (answer: (body: string, path: string) => unknown) => {
  const files = new Map<string, string>();
  const batches: { id: string; input_file_id: string; polls: number; lines: number }[] = [];
  const shown = ({ id, input_file_id, polls, lines }: (typeof batches)[number]) => {
    const done = polls >= POLLS;
    return {
      id,
      input_file_id,
      status: done ? 'completed' : 'in_progress',
      output_file_id: done ? `out-${id}` : null,
      request_counts: { total: lines, completed: done ? lines : 0, failed: 0 },
    };
  };
  return {
    batches,
    /** Null where the path is none of the Batch API's. */
    handle: ({ method, url = '' }: IncomingMessage, text: string): BatchAnswer | null => {
      const [kind, id, content] = new URL(url, 'http://x').pathname.replace(/^\/v1\//, '').split('/');
      if (kind === 'files' && method === 'POST') {
        const name = `file-${files.size}`;
        files.set(name, /\r\n\r\n(\{[\s\S]*?\n)\r\n--/.exec(text)?.[1] ?? '');
        return { id: name };
      }
      if (kind === 'files' && content === 'content') return files.get(id!) ?? '';
      if (kind !== 'batches') return null;
      if (method === 'POST') {
        const { input_file_id, endpoint } = JSON.parse(text) as { input_file_id: string; endpoint: string };
        const lines = files.get(input_file_id)!.trim().split('\n');
        const batch = { id: `batch-${batches.length}`, input_file_id, polls: 0, lines: lines.length };
        const rows = lines.map((line) => {
          const { custom_id, body, url } = JSON.parse(line) as {
            custom_id: string;
            body: unknown;
            url: string;
          };
          // The service takes one kind of request in a batch.
          const response =
            url === endpoint
              ? { status_code: 200, body: answer(JSON.stringify(body), url) }
              : { status_code: 400, body: { error: { message: `${url} is not ${endpoint}` } } };
          return JSON.stringify({ custom_id, response, error: null });
        });
        files.set(`out-${batch.id}`, rows.join('\n'));
        batches.push(batch);
        return shown(batch);
      }
      if (id === undefined) return { data: batches.map(shown) };
      const batch = batches.find((known) => known.id === id)!;
      batch.polls++;
      return shown(batch);
    },
  };
};
