import type { ListFileEntry } from '@huggingface/hub';
import { type Repository, shownRepository } from './cache-layout.js';
import { HubError } from './hub-error.js';
import type { HubSettings } from './hub-settings.js';

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** How the cache names its content: the SHA-256 of large files, git's hash of others. */
  readonly etag: string;
  readonly isLarge: boolean;
}

const loadPackage = async () => {
  try {
    return await import('@huggingface/hub');
  } catch (error) {
    throw new HubError(
      'no-package',
      'downloading needs the package @huggingface/hub: npm install @huggingface/hub ' +
        `(${(error as Error).message.split('\n')[0]})`,
    );
  }
};

/** The hub's answers in words. */
const refusal = (status: number, code: string, repository: Repository, settings: HubSettings): HubError => {
  const shown = shownRepository(repository);
  const page = `${settings.endpoint}/${repository.type === 'dataset' ? 'datasets/' : ''}${repository.name}`;
  const token = settings.token === null ? 'set HF_TOKEN' : 'HF_TOKEN must be a token with access to it';
  if (code === 'RevisionNotFound') {
    return new HubError('no-revision', `${shown} has no revision ${repository.revision}: see ${page}`);
  }
  if (code === 'GatedRepo' || status === 403) {
    return new HubError('gated', `${shown} is gated: accept its terms at ${page}, and ${token}`);
  }
  // The hub hides from strangers whether a repository exists.
  if (status === 401) {
    return new HubError(
      'no-access',
      `${shown} is private, or there is none of this name: ${token}, or see ${page}`,
    );
  }
  if (status === 404) {
    return new HubError('not-found', `${shown} is not there, or private: see ${page}, and ${token}`);
  }
  return new HubError('refused', `${page} was refused with status ${status}`);
};

/** The system's word for why a connection failed: `ENOTFOUND`. */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return cause?.code ?? cause?.message ?? message;
};

const pause = (milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });

/** Which repository a client speaks for, and by which settings. */
export interface HubClientOptions {
  readonly settings: HubSettings;
  readonly repository: Repository;
  readonly signal?: AbortSignal;
  /** Before the second of at most five attempts; doubled for each later one. */
  readonly retryDelayMs: number;
}

const ATTEMPTS = 5;

/** Asks the hub about one repository. The package `@huggingface/hub` knows its addresses and pages. */
export class HubClient {
  readonly #options: HubClientOptions;

  constructor(options: HubClientOptions) {
    this.#options = options;
  }

  /** As `fetch`, with the token for the hub's own address, refusals as errors, and further attempts. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { settings, repository, signal, retryDelayMs } = this.#options;
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init.headers);
    if (settings.token !== null && new URL(url).origin === new URL(settings.endpoint).origin) {
      headers.set('Authorization', `Bearer ${settings.token}`);
    }
    for (let attempt = 1; ; attempt++) {
      let wait = retryDelayMs * 2 ** (attempt - 1);
      try {
        const response = await fetch(url, { ...init, headers, ...(signal === undefined ? {} : { signal }) });
        if (response.ok || response.status === 416) return response;
        await response.body?.cancel();
        const { status } = response;
        if (attempt === ATTEMPTS || (status < 500 && status !== 429 && status !== 408)) {
          throw refusal(status, response.headers.get('X-Error-Code') ?? '', repository, settings);
        }
        wait = Math.max(wait, 1000 * (Number(response.headers.get('Retry-After')) || 0));
      } catch (error) {
        if (error instanceof HubError || signal?.aborted) throw error;
        if (attempt === ATTEMPTS || reasonOf(error) === 'ENOTFOUND' || reasonOf(error) === 'ECONNREFUSED') {
          const reason = reasonOf(error);
          throw new HubError(
            'unreachable',
            `${shownRepository(repository)} cannot be downloaded: ${settings.endpoint} cannot be reached (${reason})`,
            { cause: error },
          );
        }
      }
      await pause(Math.min(wait, 60_000), signal);
    }
  };

  /** The commit that the revision stands for. */
  async commit(): Promise<string> {
    const { settings, repository } = this.#options;
    const { datasetInfo, modelInfo } = await loadPackage();
    const question = {
      name: repository.name,
      revision: repository.revision,
      hubUrl: settings.endpoint,
      fetch: this.fetch,
      additionalFields: ['sha' as const],
    };
    const { sha } = repository.type === 'dataset' ? await datasetInfo(question) : await modelInfo(question);
    return sha;
  }

  /** The files of a commit. */
  async *files(commit: string): AsyncGenerator<HubFile> {
    const { settings, repository } = this.#options;
    const { listFiles } = await loadPackage();
    const { type, name } = repository;
    const entries: AsyncIterable<ListFileEntry> = listFiles({
      repo: { type, name },
      recursive: true,
      revision: commit,
      hubUrl: settings.endpoint,
      fetch: this.fetch,
    });
    for await (const { type: kind, path, size, oid, lfs } of entries) {
      const etag = lfs?.oid ?? oid;
      if (kind === 'file' && etag !== undefined && /^[0-9a-f]{40,64}$/.test(etag)) {
        yield { path, size: lfs?.size ?? size, etag, isLarge: lfs !== undefined };
      }
    }
  }

  /** Where a file's content is. */
  address(commit: string, { path }: HubFile): string {
    const { settings, repository } = this.#options;
    const root = repository.type === 'dataset' ? 'datasets/' : '';
    const place = path.split('/').map(encodeURIComponent).join('/');
    return `${settings.endpoint}/${root}${repository.name}/resolve/${commit}/${place}`;
  }
}
