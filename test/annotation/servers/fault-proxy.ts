import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** What the way to a server does with a request or its answer. */
export type NetworkFault =
  /** The connection is reset before the server hears of it, or in the middle of its answer. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'within' }
  /** The connection ends within the answer, as if that were all. */
  | { readonly kind: 'cut' }
  /** The answer comes in pieces, with a wait before each. */
  | { readonly kind: 'slow'; readonly pieces: number; readonly waitMs: number }
  | { readonly kind: 'gzip' }
  /** An answer of the way's own, such as a gateway's. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

export interface FaultProxy {
  readonly baseUrl: string;
  /** Requests that came, by their paths. */
  readonly paths: string[];
  /** Answers of the server that were passed on whole, by the request's body: what was paid for and arrived. */
  readonly arrived: Map<string, number>;
  close(): Promise<void>;
}

/** A proxy in front of a real server that lets happen what happens on networks. */
export const startFaultProxy = async (
  target: string,
  faultOf: (request: { readonly path: string; readonly number: number }) => NetworkFault | null,
): Promise<FaultProxy> => {
  const paths: string[] = [];
  const arrived = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      const number = paths.push(path) - 1;
      const body = Buffer.concat(chunks).toString();
      void pass(request.method ?? 'GET', path, request.headers, body, faultOf({ path, number }), response);
    });
  });
  const pass = async (
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: string,
    fault: NetworkFault | null,
    response: ServerResponse,
  ): Promise<void> => {
    if (fault?.kind === 'reset' && fault.when === 'before') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, fault.headers);
      response.end(fault.body ?? '');
      return;
    }
    const answer = await fetch(`${target}${path}`, {
      method,
      headers: { 'content-type': headers['content-type'] ?? 'application/json' },
      ...(method === 'GET' ? {} : { body }),
    }).catch(() => null);
    if (answer === null) {
      response.writeHead(502).end();
      return;
    }
    let bytes = Buffer.from(await answer.arrayBuffer());
    const own: Record<string, string> = {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
    };
    if (fault?.kind === 'gzip') {
      bytes = gzipSync(bytes);
      own['content-encoding'] = 'gzip';
    }
    response.writeHead(answer.status, { ...own, 'content-length': bytes.length });
    if (fault?.kind === 'reset' || fault?.kind === 'cut') {
      response.write(bytes.subarray(0, bytes.length >> 1));
      await sleep(5);
      if (fault.kind === 'reset') response.socket?.resetAndDestroy();
      else response.socket?.destroy();
      return;
    }
    if (fault?.kind === 'slow') {
      const size = Math.ceil(bytes.length / fault.pieces);
      for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
        await sleep(fault.waitMs);
        response.write(bytes.subarray(at, at + size));
      }
    } else response.write(bytes);
    response.end(() => {
      if (answer.status === 200) arrived.set(body, (arrived.get(body) ?? 0) + 1);
    });
  };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    paths,
    arrived,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};
