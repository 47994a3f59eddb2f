import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSnapshot } from '../../src/hub/index.js';
import { LoopbackHub } from './loopback-hub.js';

const python = process.env.OASIS_PYTHON;
const COMMIT = 'c'.repeat(40);
const large = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 40503) >>> 8);
const files = {
  'README.md': new TextEncoder().encode('# Data'),
  'data/test-00000-of-00001.parquet': large,
  'nested/a/b.jsonl': new TextEncoder().encode('{}\n'),
};

let hub: LoopbackHub;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hub-python-'));
  hub = await new LoopbackHub([
    { type: 'dataset', name: 'owner/data', refs: { main: COMMIT }, commits: { [COMMIT]: files } },
  ]).start();
});
afterAll(async () => {
  await hub.stop();
  await rm(root, { recursive: true });
});

const snapshotDownload = async (cache: string, extra: string, environment: Record<string, string> = {}) => {
  const code =
    'import sys; from huggingface_hub import snapshot_download; ' +
    `print(snapshot_download("owner/data", repo_type="dataset", cache_dir=sys.argv[1]${extra}))`;
  const { stdout } = await promisify(execFile)(python!, ['-c', code, cache], {
    env: {
      ...process.env,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_DISABLE_XET: '1',
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      ...environment,
    },
  });
  return stdout.trim();
};

/** Every file of a cache by what it is: a link's target, a blob's bytes, a ref's text. */
const layoutOf = async (cache: string): Promise<Record<string, string>> => {
  const folder = join(cache, 'datasets--owner--data');
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isSymbolicLink()) found[name] = `→ ${await readlink(path)}`;
    else if (entry.isFile()) found[name] = (await readFile(path)).toString('base64').slice(0, 40);
  }
  return found;
};

describe.skipIf(python === undefined)('Python’s huggingface_hub', () => {
  test('makes the same cache from the same hub', async () => {
    const theirs = join(root, 'theirs');
    const ours = join(root, 'ours');
    await snapshotDownload(theirs, '');
    await openSnapshot('owner/data', { type: 'dataset', endpoint: hub.endpoint, cacheFolder: ours });
    const layout = await layoutOf(theirs);
    expect(Object.keys(layout)).toContain('refs/main');
    // Beside the layout that is documented, it keeps notes of its own.
    const documented = Object.fromEntries(
      Object.entries(layout).filter(([name]) => /^(refs|blobs|snapshots)\//.test(name)),
    );
    expect(await layoutOf(ours)).toEqual(documented);
  });

  test('reads offline what we wrote, and we what it wrote', async () => {
    const ours = join(root, 'read-ours');
    const { folder } = await openSnapshot('owner/data', {
      type: 'dataset',
      endpoint: hub.endpoint,
      cacheFolder: ours,
    });
    expect(await snapshotDownload(ours, ', local_files_only=True', { HF_HUB_OFFLINE: '1' })).toBe(folder);
    const theirs = join(root, 'read-theirs');
    const written = await snapshotDownload(theirs, '');
    hub.reset();
    const read = await openSnapshot('owner/data', { type: 'dataset', cacheFolder: theirs, offline: true });
    expect(read.folder).toBe(written);
    expect(new Uint8Array(await readFile(join(read.folder, 'data/test-00000-of-00001.parquet')))).toEqual(
      large,
    );
    expect(hub.requests).toEqual([]);
    // Online, nothing is missing.
    expect(
      (await openSnapshot('owner/data', { type: 'dataset', endpoint: hub.endpoint, cacheFolder: theirs }))
        .downloaded,
    ).toBe(0);
  });
});
