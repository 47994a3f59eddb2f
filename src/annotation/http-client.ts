import { checkPositiveInteger, type OptionNames, pickOptions } from '../numerics/index.js';
import {
  CALL_RUNNER_OPTIONS,
  type CallRunnerOptions,
  createCallRunner,
  RefusedError,
} from './call-runner.js';
import { ModelError } from './model-error.js';
import { exhaustedForMs, parseRetryAfter, resetMs } from './retry-delay.js';

/** How requests are sent, limited and retried. */
export interface HttpClientOptions extends CallRunnerOptions {
  /** Up to and including the version, as `http://127.0.0.1:8000/v1`; no user name or password in it. */
  readonly baseUrl: string;
  /** Sent as a bearer token (see `authorization`); in no message, file or log. */
  readonly apiKey?: string;
  /** How the key travels: `api-key` is Azure's header. @defaultValue 'bearer' */
  readonly authorization?: 'bearer' | 'api-key';
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to every address, as Azure's `api-version`. */
  readonly query?: Readonly<Record<string, string>>;
  /** For one attempt, its whole body included. @defaultValue 60000 */
  readonly timeoutMs?: number;
  /** A longer answer counts as malformed. @defaultValue 268435456 */
  readonly maxResponseBytes?: number;
  /** @defaultValue globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
}

export const HTTP_CLIENT_OPTIONS: OptionNames<HttpClientOptions> = {
  ...CALL_RUNNER_OPTIONS,
  baseUrl: true,
  apiKey: true,
  authorization: true,
  headers: true,
  query: true,
  timeoutMs: true,
  maxResponseBytes: true,
  fetch: true,
};

/** One request: what is sent, what it may cost, and how its answer is read. */
export interface HttpCall<T> {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  /** Added to the address, beside the client's own. */
  readonly query?: Readonly<Record<string, string>>;
  /** JSON, or a FormData as it is. */
  readonly body?: unknown;
  /** How the answer is read before `read` sees it. @defaultValue 'json' */
  readonly format?: 'json' | 'text';
  /** For a request that must not be repeated blindly. @defaultValue the client's `maxAttempts` */
  readonly maxAttempts?: number;
  /** Tokens sent and asked for, counted against the rate. */
  readonly tokens: number;
  /** An upper bound of the price in US dollars. */
  readonly maxUsd: number;
  /** Reads the parsed JSON; throws a ModelError of kind `malformed` when it breaks the protocol. */
  readonly read: (answer: unknown) => T;
  /** What the answer cost and used, or null where the service did not say. */
  readonly usage: (value: T) => { readonly tokens: number; readonly usd: number } | null;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpClient {
  readonly baseUrl: string;
  send<T>(call: HttpCall<T>): Promise<T>;
}

const REPEATABLE = new Set([408, 409, 425, 429]);

/**
 * A JSON client that retries what is worth retrying: 408, 409, 425, 429, 5xx, network faults, time-outs and
 * broken answers, with full jitter and at least the Retry-After of the service, which holds back every other
 * request of the client too. Another 4xx, or an exhausted quota, fails at once.
 *
 * A request reserves its price before each attempt. An answer settles it; a status that says "refused" gives it
 * back; an attempt whose fate is unknown counts in full.
 *
 * @throws TypeError when `baseUrl` is no http(s) address or holds credentials.
 */
export const createHttpClient = (options: HttpClientOptions): HttpClient => {
  const { apiKey, timeoutMs = 60_000, maxRetryAfterMs = 120_000, maxResponseBytes = 2 ** 28 } = options;
  const base = readBaseUrl(options.baseUrl);
  checkPositiveInteger('maxResponseBytes', maxResponseBytes);
  const runner = createCallRunner(base.host, pickOptions(options, CALL_RUNNER_OPTIONS));
  const secrets = [
    apiKey,
    ...Object.values(options.headers ?? {}),
    ...Object.values(options.query ?? {}),
  ].filter((secret): secret is string => secret !== undefined && secret.length >= 6);
  const redact = (text: string) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
  const headers: Record<string, string> = { ...options.headers };
  if (apiKey !== undefined) {
    if (options.authorization === 'api-key') headers['api-key'] = apiKey;
    else headers.authorization = `Bearer ${apiKey}`;
  }

  const address = (path: string, query: Readonly<Record<string, string>> = {}) => {
    const url = new URL(base.href);
    url.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
    for (const [name, value] of Object.entries({ ...options.query, ...query }))
      url.searchParams.set(name, value);
    return url;
  };

  const attemptOnce = async <T>(call: HttpCall<T>): Promise<T> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
    let status: number | undefined;
    let text: string;
    let response: Response;
    try {
      response = await (options.fetch ?? globalThis.fetch)(address(call.path, call.query), {
        method: call.method ?? 'POST',
        ...(call.body === undefined || call.body instanceof FormData
          ? { headers, body: call.body ?? null }
          : {
              headers: { 'content-type': 'application/json', ...headers },
              body: JSON.stringify(call.body),
            }),
        redirect: 'manual',
        signal,
      });
      status = response.status;
      text = await readBounded(response, maxResponseBytes);
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (timeout.aborted) throw new ModelError('timeout', `no complete answer within ${timeoutMs} ms`);
      if (error instanceof ModelError) throw error;
      throw new ModelError('network', redact(describeFault(error)));
    }
    const pause = exhaustedForMs(response.headers);
    if (pause !== null) runner.pauseUntil(Date.now() + Math.min(pause, maxRetryAfterMs));
    if (status >= 300 && status < 400) throw redirected(status, response.headers);
    if (!response.ok) throw refusal(status, text, response.headers, redact);
    if (call.format === 'text') return call.read(text);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      const start = redact(text.slice(0, 80));
      throw new ModelError('malformed', `the answer is not JSON: ${JSON.stringify(start)}`, { status });
    }
    const failure = failureInBody(json);
    if (failure !== null) throw refusal(failure, text, response.headers, redact);
    return call.read(json);
  };

  const send = <T>(call: HttpCall<T>): Promise<T> =>
    runner.run({ ...call, attempt: () => attemptOnce(call) });

  return { baseUrl: base.href.replace(/\/$/, ''), send };
};

const refusal = (status: number, text: string, headers: Headers, redact: (text: string) => string) => {
  const isQuota = status === 429 && text.includes('insufficient_quota');
  // Some services say themselves whether to try again.
  const asked = headers.get('x-should-retry')?.trim().toLowerCase();
  const repeatable =
    asked === 'true' || (asked !== 'false' && ((REPEATABLE.has(status) && !isQuota) || status >= 500));
  const detail = redact(readErrorMessage(text));
  return new RefusedError(
    repeatable ? 'unavailable' : 'status',
    `status ${status}${detail === '' ? '' : `: ${detail}`}`,
    status,
    parseRetryAfter(headers) ?? (status === 429 ? resetMs(headers) : null),
  );
};

const redirected = (status: number, headers: Headers): ModelError => {
  const place = headers.get('location');
  return new ModelError(
    'status',
    `status ${status}: the address redirects${place === null ? '' : ` to ${place}`}; a key is not sent on: give that address as baseUrl`,
    { status },
  );
};

/** Some services answer 200 and put the failure into the body. Its status, or null where the body is an answer. */
const failureInBody = (json: unknown): number | null => {
  if (typeof json !== 'object' || json === null || !('error' in json)) return null;
  const { error } = json;
  if (error === null || error === undefined || 'choices' in json || 'data' in json || 'id' in json)
    return null;
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  const status = Number(code ?? ('status' in json ? json.status : null));
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : 500;
};

/** Reads a body that must not fill the memory. */
const readBounded = async (response: Response, limit: number): Promise<string> => {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > limit)
      throw new ModelError('malformed', `the answer is longer than ${limit} bytes`, {
        status: response.status,
      });
    parts.push(part);
  }
  return new TextDecoder().decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
};

const readErrorMessage = (text: string): string => {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && 'error' in json) {
      const { error } = json;
      if (typeof error === 'string') return error.slice(0, 300);
      if (typeof error === 'object' && error !== null && 'message' in error) {
        return String(error.message).slice(0, 300);
      }
    }
  } catch {}
  return text.slice(0, 200).trim();
};

const describeFault = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
};

const readBaseUrl = (baseUrl: string): URL => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `baseUrl must be an http or https address, received ${url?.protocol ?? 'no address'}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('baseUrl must hold no user name or password: pass the key as apiKey');
  }
  return url;
};
