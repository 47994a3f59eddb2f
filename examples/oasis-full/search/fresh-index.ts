import { statSync } from 'node:fs';
import type { ModelEngine } from '../options/model-engine.js';
import { createRunFolder } from '../store/run-folder.js';
import { openSearchIndex, type SearchIndex } from './search-index.js';

/** An open index and how many questions are at it. */
interface Lease {
  readonly index: SearchIndex;
  readonly made: string;
  users: number;
  isOld: boolean;
}

/**
 * An index that is opened again at the next question when it has been made again, for servers. The earlier one answers the
 * questions that are at it, is closed after the last of them, and goes on answering while a newer one is being written or
 * cannot be opened.
 *
 * @throws Error as `openSearchIndex` does.
 */
export const openFreshIndex = async (root: string, engine?: ModelEngine): Promise<SearchIndex> => {
  const manifest = createRunFolder(root).path('indexManifest');
  const stamp = (): string | null => {
    const stats = statSync(manifest, { throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
  };
  const openNow = async (): Promise<Lease> => {
    const made = stamp() ?? '';
    return { index: await openSearchIndex(root, { engine }), made, users: 0, isOld: false };
  };
  let current = await openNow();
  let opening: Promise<void> | null = null;
  /** Of an index that could not be opened: not tried at every question. */
  let failed: string | null = null;
  const leave = async (lease: Lease) => {
    if (lease.isOld && lease.users === 0) await lease.index.close();
  };
  const renew = async () => {
    const made = stamp();
    if (made === null || made === current.made || made === failed) return;
    try {
      const next = await openNow();
      const earlier = current;
      current = next;
      earlier.isOld = true;
      await leave(earlier);
    } catch {
      failed = made;
    }
  };
  const using = async <Result>(ask: (index: SearchIndex) => Promise<Result>): Promise<Result> => {
    opening ??= renew().finally(() => {
      opening = null;
    });
    await opening;
    const lease = current;
    lease.users++;
    try {
      return await ask(lease.index);
    } finally {
      lease.users--;
      await leave(lease);
    }
  };
  return {
    get size() {
      return current.index.size;
    },
    get functionCount() {
      return current.index.functionCount;
    },
    get dimensions() {
      return current.index.dimensions;
    },
    get encoder() {
      return current.index.encoder;
    },
    get leftOut() {
      return current.index.leftOut;
    },
    get folded() {
      return current.index.folded;
    },
    get engine() {
      return current.index.engine;
    },
    get repositories() {
      return current.index.repositories;
    },
    get languages() {
      return current.index.languages;
    },
    search: (question, options) => using((index) => index.search(question, options)),
    related: (id, options) => using((index) => index.related(id, options)),
    outline: (path, repository) => using((index) => index.outline(path, repository)),
    functions: (rows) => using((index) => index.functions(rows)),
    close: async () => {
      current.isOld = true;
      await leave(current);
    },
  };
};
