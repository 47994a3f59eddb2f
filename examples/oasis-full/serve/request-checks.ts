import type { IncomingMessage, ServerResponse } from 'node:http';

/** What every answer carries: nothing from elsewhere, nothing inline, no frame, no other origin. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Why a request is not answered, or null.
 *
 * A page elsewhere may point its own name at 127.0.0.1 (DNS rebinding), and its requests then count as same-origin in the
 * browser: the Host header, which holds that name, gives them away. `Sec-Fetch-Site` reveals other cross-site requests.
 */
export const refuse = (request: IncomingMessage, port: number): Refusal | null => {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((host) => (port === 80 ? host : `${host}:${port}`));
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !hosts.includes(host)) {
    return { status: 403, message: `this server answers to ${hosts[0]} alone` };
  }
  const site = request.headers['sec-fetch-site'];
  const navigation = request.headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigation) {
    return { status: 403, message: 'requests from other sites are not answered' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, message: `expected GET or HEAD, received ${request.method}` };
  }
  return null;
};

export const send = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
): void => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    'content-type': type,
    'content-length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
};

export const sendJson = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
): void => send(request, response, status, 'application/json; charset=utf-8', JSON.stringify(value));
