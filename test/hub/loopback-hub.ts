import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository of the loopback hub. */
export interface LoopbackRepository {
  readonly type: 'model' | 'dataset';
  readonly name: string;
  /** Commits by branch or tag. */
  readonly refs: Readonly<Record<string, string>>;
  /** Files by commit and path. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  readonly access?: 'public' | 'private' | 'gated';
}

/** What goes wrong with a request, by its number among those for the path; null for nothing. */
export type Fault =
  | { readonly status: number }
  | { readonly breakAfter: number }
  | { readonly content: Uint8Array };

/** Files of these endings, or of more than 1,000 bytes, are kept by LFS. */
const isLarge = (path: string, content: Uint8Array) =>
  /\.(parquet|safetensors|bin)$/.test(path) || content.length > 1000;

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const gitHash = (content: Uint8Array) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

const listen = (server: Server) =>
  new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });

const TOKEN = 'hf_loopback';

/**
 * A hub on loopback that answers as the real one: repository information, the tree in pages, `resolve` with ETag,
 * X-Repo-Commit and, for large files, a redirect to another origin, ranges, and refusals with their codes.
 */
export class LoopbackHub {
  readonly #repositories: readonly LoopbackRepository[];
  readonly #hub: Server;
  readonly #store: Server;
  readonly #stored = new Map<string, Uint8Array>();
  endpoint = '';
  #storeAddress = '';
  /** Every request: method, address, and the range and token that came. */
  readonly requests: { method: string; url: string; range: string; token: string; store: boolean }[] = [];
  /** Told of each request for a file's content. */
  fault: (path: string, attempt: number) => Fault | null = () => null;
  readonly #attempts = new Map<string, number>();

  constructor(repositories: readonly LoopbackRepository[]) {
    this.#repositories = repositories;
    this.#hub = createServer((request, response) => this.#answer(request, response));
    this.#store = createServer((request, response) => this.#answerStore(request, response));
  }

  async start(): Promise<this> {
    this.endpoint = await listen(this.#hub);
    this.#storeAddress = await listen(this.#store);
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#store]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Forgets requests and faults. */
  reset(): void {
    this.requests.length = 0;
    this.#attempts.clear();
    this.fault = () => null;
  }

  #log(request: IncomingMessage, store: boolean) {
    this.requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      range: request.headers.range ?? '',
      token: request.headers.authorization ?? '',
      store,
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse) {
    this.#log(request, false);
    const url = new URL(request.url ?? '', this.endpoint);
    const path = decodeURIComponent(url.pathname);
    const refuse = (status: number, code: string) => {
      response.writeHead(status, {
        'X-Error-Code': code,
        'X-Error-Message': code,
        'Content-Type': 'application/json',
      });
      response.end(JSON.stringify({ error: code }));
    };
    for (const repository of this.#repositories) {
      const { type, name, access = 'public', refs, commits } = repository;
      const api = `/api/${type}s/${name}`;
      const page = `${type === 'dataset' ? '/datasets' : ''}/${name}/resolve/`;
      if (!(path === api || path.startsWith(`${api}/`) || path.startsWith(page))) continue;
      const allowed = request.headers.authorization === `Bearer ${TOKEN}`;
      if (access === 'private' && !allowed) return refuse(401, 'RepoNotFound');
      if (access === 'gated' && !allowed && path.startsWith(page)) return refuse(403, 'GatedRepo');
      const rest = path.startsWith(page)
        ? path.slice(page.length)
        : path.slice(api.length + 1).replace(/^\w+\//, '');
      const [revision = 'main', ...parts] = rest === '' ? ['main'] : rest.split('/');
      const commit = refs[revision] ?? (commits[revision] === undefined ? undefined : revision);
      if (commit === undefined) return refuse(404, 'RevisionNotFound');
      if (path.startsWith(page))
        return this.#resolve(request, response, repository, commit, parts.join('/'), refuse);
      if (path.startsWith(`${api}/tree/`)) return this.#tree(url, response, commits[commit]!);
      const siblings = Object.keys(commits[commit]!).map((rfilename) => ({ rfilename }));
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({
          _id: '0',
          id: name,
          modelId: name,
          sha: commit,
          private: access === 'private',
          siblings,
          tags: [],
        }),
      );
      return;
    }
    // The hub does not tell strangers what exists.
    refuse(request.headers.authorization === undefined ? 401 : 404, 'RepoNotFound');
  }

  /** Two entries a page. */
  #tree(url: URL, response: ServerResponse, files: Readonly<Record<string, Uint8Array>>) {
    const folders = new Set(
      Object.keys(files).flatMap((path) =>
        path
          .split('/')
          .slice(0, -1)
          .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
      ),
    );
    const entries = [
      ...[...folders].map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })),
      ...Object.entries(files).map(([path, content]) => ({
        type: 'file',
        oid: gitHash(content),
        size: content.length,
        path,
        ...(isLarge(path, content)
          ? { oid: '1'.repeat(40), lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }
          : {}),
      })),
    ];
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const next = new URL(url);
    next.searchParams.set('cursor', String(start + 2));
    response.setHeader('Content-Type', 'application/json');
    if (start + 2 < entries.length) response.setHeader('Link', `<${next.href}>; rel="next"`);
    response.end(JSON.stringify(entries.slice(start, start + 2)));
  }

  #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    { commits }: LoopbackRepository,
    commit: string,
    path: string,
    refuse: (status: number, code: string) => void,
  ) {
    const content = commits[commit]![path];
    response.setHeader('X-Repo-Commit', commit);
    if (content === undefined) return refuse(404, 'EntryNotFound');
    if (!isLarge(path, content)) return this.#send(request, response, path, content, gitHash(content));
    const hash = sha256(content);
    this.#stored.set(`/${hash}/${path}`, content);
    response.writeHead(302, {
      Location: `${this.#storeAddress}/${hash}/${path}`,
      'X-Linked-Size': content.length,
      'X-Linked-Etag': `"${hash}"`,
      ETag: `"${'f'.repeat(64)}"`,
    });
    response.end();
  }

  #answerStore(request: IncomingMessage, response: ServerResponse) {
    this.#log(request, true);
    const path = decodeURIComponent(request.url ?? '');
    const content = this.#stored.get(path);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    this.#send(request, response, path.split('/').slice(2).join('/'), content, 'store');
  }

  #send(request: IncomingMessage, response: ServerResponse, path: string, whole: Uint8Array, etag: string) {
    const attempt = request.method === 'GET' ? (this.#attempts.get(path) ?? 0) + 1 : 0;
    if (attempt > 0) this.#attempts.set(path, attempt);
    const fault = attempt > 0 ? this.fault(path, attempt) : null;
    if (fault !== null && 'status' in fault) {
      response.writeHead(fault.status, fault.status === 429 ? { 'Retry-After': '0' } : {}).end();
      return;
    }
    const content = fault !== null && 'content' in fault ? fault.content : whole;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = content.subarray(start);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      ETag: `"${etag}"`,
      'Accept-Ranges': 'bytes',
      'Content-Length': body.length,
      ...(request.headers.range === undefined
        ? {}
        : { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (request.method === 'HEAD') response.end();
    else if (fault !== null && 'breakAfter' in fault) {
      response.write(body.subarray(0, fault.breakAfter), () => setTimeout(() => response.destroy(), 20));
    } else response.end(body);
  }
}
