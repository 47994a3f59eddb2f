import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SearchIndex, SearchInputError } from '../search/search-index.js';
import { refuse, send, sendJson } from './request-checks.js';
import { answerRelated, answerSearch, describeIndex } from './search-api.js';

const HOST = '127.0.0.1';
/** Room for a question of the greatest length, each character nine bytes in a URL, and for headers. */
const HEADER_LIMIT = 64 * 1024;

interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const asset = (file: string, type: string): Asset => ({
  type: `${type}; charset=utf-8`,
  body: readFileSync(new URL(`./page/${file}`, import.meta.url)),
});

const loadAssets = (): ReadonlyMap<string, Asset> =>
  new Map([
    ['/', asset('index.html', 'text/html')],
    ['/page.js', asset('page.js', 'text/javascript')],
    ['/page.css', asset('page.css', 'text/css')],
    ['/icon.svg', asset('icon.svg', 'image/svg+xml')],
  ]);

export interface SearchServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the search page of an open index on 127.0.0.1, to this machine alone.
 *
 * @param options.port 0 for any free one.
 * @throws Error when the port is in use or may not be used.
 */
export const startSearchServer = async (
  index: SearchIndex,
  { port }: { readonly port: number },
): Promise<SearchServer> => {
  const assets = loadAssets();
  // The first question compiles what the others run.
  await index.search('warm up', { top: 1 });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refuse(request, (server.address() as AddressInfo).port);
    if (refusal !== null) {
      sendJson(request, response, refusal.status, { error: refusal.message });
      return;
    }
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const file = assets.get(url.pathname);
    if (file !== undefined) send(request, response, 200, file.type, file.body);
    else if (url.pathname === '/api/index') {
      sendJson(request, response, 200, await describeIndex(index));
    } else if (url.pathname === '/api/search') {
      sendJson(request, response, 200, await answerSearch(index, url.searchParams));
    } else if (url.pathname === '/api/related') {
      sendJson(request, response, 200, await answerRelated(index, url.searchParams));
    } else sendJson(request, response, 404, { error: 'there is no such page' });
  };

  const server = createServer({ maxHeaderSize: HEADER_LIMIT }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const asker =
        error instanceof SearchInputError || (error as { code?: string }).code === 'ERR_INVALID_URL';
      // What went wrong inside is for the terminal; it may name files.
      if (!asker) process.stderr.write(`search failed: ${error instanceof Error ? error.stack : error}\n`);
      const message = asker ? (error as Error).message : 'the search failed; see the terminal for the reason';
      sendJson(request, response, asker ? 400 : 500, { error: message });
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? `port ${port} is in use: choose another, or 0 for any free one`
          : error.code === 'EACCES'
            ? `port ${port} may not be used by this user: choose one above 1023`
            : error.message;
      reject(new Error(`--port: ${reason}`, { cause: error }));
    });
    server.listen(port, HOST, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${bound}/`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
