import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { downloadBlob } from '../../src/hub/download-blob.js';
import type { HubClient } from '../../src/hub/hub-client.js';
import {
  type DownloadProgress,
  findSnapshot,
  HubError,
  type OpenSnapshotOptions,
  openModelFolder,
  openSnapshot,
} from '../../src/hub/index.js';
import { LoopbackHub } from './loopback-hub.js';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const large = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 24);
const text = (content: string) => new TextEncoder().encode(content);

const files = {
  'README.md': text('# Data'),
  'corpus/corpus-00000-of-00001.parquet': large,
  'queries.jsonl': text('{"_id":"q"}\n'),
};

let hub: LoopbackHub;
let root: string;
let cacheFolder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hub-'));
  hub = await new LoopbackHub([
    {
      type: 'dataset',
      name: 'owner/data',
      refs: { main: NEW, v1: OLD },
      commits: { [OLD]: { 'README.md': text('old') }, [NEW]: files },
    },
    {
      type: 'dataset',
      name: 'owner/hidden',
      access: 'private',
      refs: { main: NEW },
      commits: { [NEW]: files },
    },
    { type: 'model', name: 'owner/gated', access: 'gated', refs: { main: NEW }, commits: { [NEW]: files } },
    {
      type: 'dataset',
      name: 'owner/escape',
      refs: { main: NEW },
      commits: { [NEW]: { '../../evil': text('x') } },
    },
    {
      type: 'model',
      name: 'owner/model',
      refs: { main: NEW },
      commits: {
        [NEW]: {
          'config.json': text('{}'),
          'tokenizer.json': text('{}'),
          'model.safetensors': large,
          '1_Pooling/config.json': text('{}'),
          'pytorch_model.bin': large,
          'onnx/model.onnx': large,
        },
      },
    },
  ]).start();
});
afterAll(async () => {
  await hub.stop();
  await rm(root, { recursive: true });
});
let made = 0;
beforeEach(() => {
  hub.reset();
  made += 1;
  cacheFolder = join(root, `cache-${made}`);
  for (const name of ['HF_TOKEN', 'HF_HUB_OFFLINE', 'HF_ENDPOINT', 'HF_HOME', 'HF_HUB_CACHE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('HF_TOKEN_PATH', join(root, 'no-token'));
});

const open = (name: string, options: OpenSnapshotOptions = {}) =>
  openSnapshot(name, { type: 'dataset', endpoint: hub.endpoint, cacheFolder, retryDelayMs: 1, ...options });

const folder = () => join(cacheFolder, 'datasets--owner--data');
const blobs = async () => (await readdir(join(folder(), 'blobs'))).sort();

/** What a request that is bound to fail says. */
const failure = async (promise: Promise<unknown>): Promise<HubError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
};

describe('openSnapshot', () => {
  test('puts a repository into the cache in the layout of the hub’s own tools', async () => {
    const { folder: snapshot, commit, downloaded } = await open('owner/data');
    expect(commit).toBe(NEW);
    expect(downloaded).toBe(large.length + 6 + 12);
    expect(snapshot).toBe(join(folder(), 'snapshots', NEW));
    expect(await readFile(join(folder(), 'refs/main'), 'utf8')).toBe(NEW);
    const path = join(snapshot, 'corpus/corpus-00000-of-00001.parquet');
    expect(new Uint8Array(await readFile(path))).toEqual(large);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    const names = await blobs();
    expect(await readlink(path)).toBe(join('../../../blobs', names.find((name) => name.length === 64)!));
    // Git's hash of a file of 6 bytes: printf '# Data' | git hash-object --stdin
    expect(names).toContain('750980a8a713ffa2184f7e584e825c370b5d5680');
    expect(names).toHaveLength(3);
  });

  test('downloads nothing twice, and keeps what two revisions share once', async () => {
    await open('owner/data');
    hub.reset();
    expect((await open('owner/data')).downloaded).toBe(0);
    expect(hub.requests.every(({ url }) => url.startsWith('/api/'))).toBe(true);
    const old = await open('owner/data', { revision: 'v1' });
    expect(old.commit).toBe(OLD);
    expect(await readFile(join(old.folder, 'README.md'), 'utf8')).toBe('old');
    expect((await findSnapshot('owner/data', { type: 'dataset', revision: 'v1', cacheFolder }))?.commit).toBe(
      OLD,
    );
    expect(await findSnapshot('owner/none', { type: 'dataset', cacheFolder })).toBeNull();
  });

  test('takes only the files that are wanted and reports the bytes', async () => {
    const seen: DownloadProgress[] = [];
    const { folder: snapshot } = await open('owner/data', {
      include: (path) => path.endsWith('.parquet'),
      onProgress: (progress) => seen.push(progress),
    });
    expect(await readdir(snapshot)).toEqual(['corpus']);
    expect(seen.at(-1)).toEqual({
      file: 'corpus/corpus-00000-of-00001.parquet',
      done: large.length,
      total: large.length,
    });
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
  });

  test('goes on where a connection broke off', async () => {
    hub.fault = (path, attempt) =>
      path.endsWith('.parquet') && attempt < 3 ? { breakAfter: 100_000 } : null;
    const { folder: snapshot } = await open('owner/data');
    expect(new Uint8Array(await readFile(join(snapshot, 'corpus/corpus-00000-of-00001.parquet')))).toEqual(
      large,
    );
    const ranges = hub.requests.filter(({ store }) => store).map(({ range }) => range);
    expect(ranges[0]).toBe('');
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
    expect(ranges.length).toBeGreaterThan(1);
  });

  test('goes on where an earlier process was killed', async () => {
    await open('owner/data');
    const [blob] = (await blobs()).filter((name) => name.length === 64);
    await rm(join(folder(), 'blobs', blob!));
    await writeFile(join(folder(), 'blobs', `${blob}.incomplete`), large.subarray(0, 120_000));
    hub.reset();
    await open('owner/data');
    expect(hub.requests.filter(({ store }) => store).map(({ range }) => range)).toEqual(['bytes=120000-']);
    expect((await blobs()).filter((name) => name.includes('incomplete'))).toEqual([]);
  });

  test('keeps nothing of a content with another checksum, and asks once more first', async () => {
    const wrong = Uint8Array.from(large, (value, i) => (i === 7 ? value ^ 1 : value));
    hub.fault = (path, attempt) => (path.endsWith('.parquet') && attempt === 1 ? { content: wrong } : null);
    await open('owner/data');
    await rm(cacheFolder, { recursive: true });
    hub.reset();
    hub.fault = (path) => (path.endsWith('.parquet') ? { content: wrong } : null);
    const error = await failure(open('owner/data'));
    expect(error.kind).toBe('damaged');
    expect(error.message).toMatch(
      /^corpus\/corpus-00000-of-00001\.parquet: the content must have the checksum [0-9a-f]{64}, received [0-9a-f]{64}; nothing was kept$/,
    );
    expect((await blobs()).filter((name) => name.length !== 40)).toEqual([]);
    expect(await findSnapshot('owner/data', { type: 'dataset', cacheFolder })).toBeNull();
  });

  test('asks again where the hub is busy, and gives up where it stays so', async () => {
    hub.fault = (path, attempt) =>
      path === 'queries.jsonl' && attempt < 3 ? { status: attempt === 1 ? 503 : 429 } : null;
    await open('owner/data');
    await rm(cacheFolder, { recursive: true });
    hub.reset();
    hub.fault = (path) => (path === 'queries.jsonl' ? { status: 500 } : null);
    expect((await failure(open('owner/data'))).kind).toBe('refused');
  });

  test('sends the token to the hub alone', async () => {
    await open('owner/hidden', { token: 'hf_loopback' });
    expect(
      hub.requests.filter(({ store }) => !store).every(({ token }) => token === 'Bearer hf_loopback'),
    ).toBe(true);
    expect(hub.requests.filter(({ store }) => store).map(({ token }) => token)).toEqual(['']);
  });

  test('downloads a file once where several calls ask for it at once', async () => {
    const opened = await Promise.all([open('owner/data'), open('owner/data'), open('owner/data')]);
    expect(new Set(opened.map(({ folder: snapshot }) => snapshot)).size).toBe(1);
    const path = join(opened[0]!.folder, 'corpus/corpus-00000-of-00001.parquet');
    expect(new Uint8Array(await readFile(path))).toEqual(large);
    expect(hub.requests.filter(({ store }) => store)).toHaveLength(1);
  });

  test('goes on where another call for the same file was stopped', async () => {
    const stopped = new AbortController();
    const etag = createHash('sha256').update(large).digest('hex');
    const file = { path: 'large.bin', size: large.length, etag, isLarge: true };
    const blob = join(cacheFolder, etag);
    /** What comes to an end only when it is stopped, or is whole at once. */
    const bodyOf = (signal?: AbortSignal) =>
      new ReadableStream({
        start(stream) {
          stream.enqueue(signal === undefined ? large : large.subarray(0, 1000));
          if (signal === undefined) stream.close();
          signal?.addEventListener('abort', () => stream.error(signal.reason));
        },
      });
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const download = (signal?: AbortSignal) => {
      const fetch = async () => new Response(bodyOf(signal));
      const client = { address: () => '', fetch } as unknown as HubClient;
      return downloadBlob({ client, commit: NEW, file, blob, onBytes: begin, signal });
    };
    const first = download(stopped.signal);
    await begun;
    const second = download();
    stopped.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await second;
    expect(new Uint8Array(await readFile(blob))).toEqual(large);
  });

  test.each([
    [
      'owner/hidden',
      {},
      'no-access',
      /^the data set owner\/hidden is private, or there is none of this name: set HF_TOKEN, or see http/,
    ],
    [
      'owner/none',
      { token: 'hf_loopback' },
      'not-found',
      /^the data set owner\/none is not there, or private: see http.*, and HF_TOKEN must be a token/,
    ],
    [
      'owner/data',
      { revision: 'v9' },
      'no-revision',
      /^the data set owner\/data has no revision v9: see http/,
    ],
    [
      'owner/gated',
      { type: 'model' },
      'gated',
      /^owner\/gated is gated: accept its terms at http.*\/owner\/gated, and set HF_TOKEN$/,
    ],
    ['owner/escape', {}, 'damaged', /^the hub names a file outside of its repository: "\.\.\/\.\.\/evil"$/],
    [
      'owner/data',
      { endpoint: 'http://127.0.0.1:2' },
      'unreachable',
      /^the data set owner\/data cannot be downloaded: http:\/\/127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\)$/,
    ],
  ] as const)('says what to do about %s %j', async (name, options, kind, message) => {
    const error = await failure(open(name, options));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  test('refuses clearly where it may not download, and takes what is in the cache', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const error = await failure(open('owner/data'));
    expect(error.kind).toBe('offline');
    expect(error.message).toBe(
      `the data set owner/data at main is not in ${cacheFolder}, and HF_HUB_OFFLINE forbids to download it: unset it, or ` +
        'download it elsewhere and copy the cache',
    );
    expect(hub.requests).toEqual([]);
    vi.stubEnv('HF_HUB_OFFLINE', '0');
    await open('owner/data');
    hub.reset();
    vi.stubEnv('HF_HUB_OFFLINE', 'yes');
    expect((await open('owner/data')).commit).toBe(NEW);
    expect(hub.requests).toEqual([]);
  });

  test('takes the cache where the hub cannot be reached', async () => {
    await open('owner/data');
    expect((await open('owner/data', { endpoint: 'http://127.0.0.1:2' })).commit).toBe(NEW);
  });

  test('finds address, token and cache in the environment', async () => {
    vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
    vi.stubEnv('HF_HOME', join(root, `home-${made}`));
    vi.stubEnv('HF_TOKEN_PATH', undefined);
    await mkdir(join(root, `home-${made}`), { recursive: true });
    await writeFile(join(root, `home-${made}`, 'token'), 'hf_loopback\n');
    const { folder: snapshot } = await openSnapshot('owner/hidden', { type: 'dataset' });
    expect(snapshot).toBe(join(root, `home-${made}`, 'hub/datasets--owner--hidden/snapshots', NEW));
  });

  test('refuses names that cannot be one', async () => {
    for (const name of ['../up', 'a/b/c', '', 'a b', 'owner/na--me']) {
      await expect(open(name)).rejects.toThrow('repository must be a name such as owner/name, received');
    }
    await expect(open('owner/data', { revision: '../x' })).rejects.toThrow(
      'revision must be a branch, a tag or a commit',
    );
  });
});

describe('openModelFolder', () => {
  const openModel = (name: string) => openModelFolder(name, { endpoint: hub.endpoint, cacheFolder });

  test('takes a folder as it is, and of a repository the files that an encoder is loaded from', async () => {
    expect(await openModel(root)).toBe(root);
    const found = await openModel('owner/model');
    expect((await readdir(found, { recursive: true })).sort()).toEqual([
      '1_Pooling',
      '1_Pooling/config.json',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ]);
    hub.reset();
    expect(await openModel('owner/model')).toBe(found);
    expect(hub.requests).toEqual([]);
  });

  test('says what it expects', async () => {
    await expect(openModel(join(root, 'nowhere'))).rejects.toThrow(
      `model must be a folder that is there, or a name such as owner/name, received ${join(root, 'nowhere')}`,
    );
  });
});
