import type { RepositorySource } from '../../corpus/default-corpus.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import { loadTextModel } from '../../models/text-model.js';
import {
  functionEntry,
  type ReadFileState,
  repositoryEntries,
  type SearchEntry,
} from '../../search/entries/repository-entries.js';
import { modelFingerprint } from '../../search/index-format.js';
import { INDEX_FILES } from '../../search/index-reader.js';
import { writeIndex } from '../../search/write-index.js';
import { readJsonLines } from '../../store/json-lines.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

/** What can be searched. */
export interface IndexSummary {
  /** Entries of any kind, and how many of them are functions. */
  readonly entries: number;
  readonly functions: number;
  readonly dimensions: number;
  /** What was left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Larger files are data. */
const MAX_FILE_BYTES = 1 << 20;

/** `3 generated, 1 minified`. */
const described = (leftOut: Readonly<Record<string, number>>): string =>
  Object.entries(leftOut)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');

/**
 * An index of everything in the repositories, not only of what was trained on: filters and the removal of near-duplicates
 * are for training.
 */
export const indexStage = (
  context: StageContext,
  repositories: readonly RepositorySource[],
  corpus: StageRecord,
  training: StageRecord,
): Stage<IndexSummary> => {
  const { folder, progress, options } = context;
  return {
    name: 'index',
    options: { roots: repositories.map(({ root }) => root), version: 3 },
    after: [corpus, training],
    outputs: INDEX_FILES.map((file) => folder.path(file)),
    run: async () => {
      const entries: SearchEntry[] = [];
      const files = new Map<string, readonly ReadFileState[]>();
      const leftOut: Record<string, number> = {};
      const folders = repositories.filter(({ kind }) => kind !== 'functions');
      for (const { name, root, languages } of folders) {
        const read = await repositoryEntries(root, {
          repository: name,
          includeTests: false,
          maxFileBytes: MAX_FILE_BYTES,
          ...(languages === undefined ? {} : { languages }),
          onProgress: (done, total) => progress.update(done, total, `files of ${name} read`),
        });
        for (const entry of read.entries) entries.push(entry);
        files.set(name, read.files);
        for (const [reason, count] of Object.entries(read.leftOut))
          leftOut[reason] = (leftOut[reason] ?? 0) + count;
      }
      if (folders.length < repositories.length) {
        const known = new Set(folders.map(({ name }) => name));
        // A file of functions has no repositories to read: its functions are what there is.
        const rows = new Map<string, SearchEntry[]>();
        for await (const fn of readJsonLines<StoredFunction>(folder.path('functions'))) {
          if (known.has(fn.repository)) continue;
          const key = `${fn.repository}\0${fn.path}`;
          const ofFile = rows.get(key);
          if (ofFile === undefined) rows.set(key, [functionEntry(fn)]);
          else ofFile.push(functionEntry(fn));
        }
        for (const ofFile of rows.values()) for (const entry of ofFile) entries.push(entry);
      }
      const model = await loadTextModel(folder.path('model'), { engine: options.models.engine });
      try {
        const { functions, roles, dimensions } = await writeIndex(folder, entries, {
          model: { model, fingerprint: modelFingerprint(folder.path('model')), folder: null },
          roots: new Map(repositories.map(({ name, root }) => [name, root])),
          files,
          leftOut,
          onProgress: (done, total) => progress.update(done, total, 'entries encoded'),
        });
        progress.line(`${functions} entries can be searched, ${roles.function ?? 0} of them functions`);
        if (Object.keys(leftOut).length > 0) progress.line(`left out of the search: ${described(leftOut)}`);
        return { entries: functions, functions: roles.function ?? 0, dimensions, leftOut };
      } finally {
        await model.close();
      }
    },
  };
};
