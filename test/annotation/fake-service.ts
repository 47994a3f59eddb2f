import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFakeBatches } from './fake-batches.js';

/** What the service does wrong with a request. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: 'cut'; readonly when: 'before' | 'middle' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | { readonly kind: 'body'; readonly body: string }
  | { readonly kind: 'edit'; readonly edit: (answer: Answer) => unknown };

/** An answer of either kind, as far as the tests break it. */
export interface Answer {
  readonly [field: string]: unknown;
  choices: { message: unknown }[];
  data: { index: number; embedding: unknown[] }[];
}

/** A request of either kind, as far as the service reads it. */
export interface RequestBody {
  readonly [field: string]: unknown;
  readonly input: string[];
  readonly dimensions?: number;
  readonly encoding_format?: string;
  readonly messages: { role: string; content: string }[];
}

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: RequestBody;
  /** Counts from 0 over all requests. */
  readonly number: number;
  readonly time: number;
}

export interface FakeServiceOptions {
  readonly fault?: (request: ServiceRequest) => Fault | null;
  /** The text of a chat answer. */
  readonly answer?: (request: ServiceRequest) => string;
  readonly dimensions?: number;
  readonly latencyMs?: number;
  readonly onAnswered?: (request: ServiceRequest) => void;
}

export interface FakeService {
  readonly baseUrl: string;
  readonly requests: ServiceRequest[];
  /** How often each body was answered in full: what a real service would have charged for. */
  readonly paid: Map<string, number>;
  readonly mostAtOnce: () => number;
  /** Batches submitted, by their numbers of requests. */
  readonly batches: readonly { readonly lines: number }[];
  close(): Promise<void>;
}

/** A vector that depends on the text alone. */
export const vectorOf = (text: string, dimensions: number): number[] => {
  const digest = createHash('sha512').update(text).digest();
  return Array.from({ length: dimensions }, (_, i) => Math.fround(digest[i % 64]! / 128 - 1));
};

/** A service on loopback that speaks the OpenAI protocol and does wrong what it is told to. */
export const startFakeService = async (options: FakeServiceOptions = {}): Promise<FakeService> => {
  const { fault = () => null, answer = () => 'ok', dimensions = 8, latencyMs = 0 } = options;
  const requests: ServiceRequest[] = [];
  const paid = new Map<string, number>();
  let atOnce = 0;
  let most = 0;

  const answerOf = (request: ServiceRequest): unknown => {
    if (request.path.split('?')[0]!.endsWith('/chat/completions')) {
      const content = answer(request);
      return {
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: {
          prompt_tokens: Math.ceil(request.text.length / 4),
          completion_tokens: Math.ceil(content.length / 4),
        },
      };
    }
    const inputs = request.body.input;
    const data = inputs.map((text, index) => {
      const vector = vectorOf(text, request.body.dimensions ?? dimensions);
      const embedding =
        request.body.encoding_format === 'base64'
          ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
          : vector;
      return { object: 'embedding', index, embedding };
    });
    const characters = inputs.reduce((sum, text) => sum + text.length, 0);
    return { object: 'list', data, usage: { prompt_tokens: Math.ceil(characters / 4), total_tokens: 0 } };
  };

  const fakeBatches = createFakeBatches((text, path) => {
    paid.set(text, (paid.get(text) ?? 0) + 1);
    const asked = { method: 'POST', path, headers: {}, number: -1, time: Date.now() };
    return answerOf({ ...asked, text, body: JSON.parse(text) });
  });

  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const request: ServiceRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      text,
      body: text.startsWith('{') ? JSON.parse(text) : {},
      number: requests.length,
      time: Date.now(),
    };
    requests.push(request);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const wrong = fault(request);
    if (wrong?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, wrong.milliseconds));
    if (wrong?.kind === 'cut' && wrong.when === 'before') {
      incoming.socket.destroy();
      return;
    }
    if (wrong?.kind === 'status') {
      const retryAfter = wrong.retryAfter === undefined ? {} : { 'retry-after': wrong.retryAfter };
      response.writeHead(wrong.status, {
        'content-type': 'application/json',
        ...retryAfter,
        ...wrong.headers,
      });
      response.end(wrong.body ?? JSON.stringify({ error: { message: `injected ${wrong.status}` } }));
      return;
    }
    if (request.method === 'GET' && request.path.endsWith('/models')) {
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"list","data":[]}');
      return;
    }
    const batch = fakeBatches.handle(incoming, text);
    let body = typeof batch === 'string' ? batch : JSON.stringify(batch ?? answerOf(request));
    if (wrong?.kind === 'body') body = wrong.body;
    if (wrong?.kind === 'edit') body = JSON.stringify(wrong.edit(JSON.parse(body)));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    if (wrong?.kind === 'cut') {
      response.write(body.slice(0, body.length >> 1), () => incoming.socket.destroy());
      return;
    }
    response.end(body);
    if (batch === null && (wrong === null || wrong.kind === 'slow')) {
      paid.set(text, (paid.get(text) ?? 0) + 1);
      options.onAnswered?.(request);
    }
  };

  const server = createServer((incoming, response) => {
    atOnce++;
    most = Math.max(most, atOnce);
    response.on('close', () => atOnce--);
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    paid,
    mostAtOnce: () => most,
    batches: fakeBatches.batches,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
