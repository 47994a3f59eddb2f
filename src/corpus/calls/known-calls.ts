import { isDeepStrictEqual } from 'node:util';
import { type ChangedFile, changesBetween, movedFunctions } from './changes-between.js';
import { Reads, staleness } from './reads.js';
import type { PackageTable, RepositoryIndex } from './repository-index.js';
import { type ResolvedSite, resolveFile } from './resolve-calls.js';
import type { IndexedFile } from './target.js';

/** A file with a key that commits to all that was read of it. */
export interface KeyedFile {
  readonly file: IndexedFile;
  readonly key: string;
}

/** A resolved call whose callee is told by its file and its number in there. */
interface KnownSite extends Omit<ResolvedSite, 'file' | 'callee'> {
  readonly path: string;
  readonly local: number;
}

interface KnownFile extends KeyedFile {
  readonly sites: readonly KnownSite[];
  readonly reads: Reads;
}

/**
 * Where the calls of a repository went when it was last looked at. What is resolved anew after a change is the calls of
 * the changed files and of those that looked up something which has changed: the result is that of resolving all.
 */
export class KnownCalls {
  #files: ReadonlyMap<string, KnownFile> = new Map();
  #packages: PackageTable | null = null;

  /** The resolved calls of each file, and how many files had to be looked at for them. */
  resolve(
    index: RepositoryIndex,
    files: readonly KeyedFile[],
    packages: PackageTable,
  ): { readonly sites: ReadonlyMap<IndexedFile, readonly ResolvedSite[]>; readonly resolved: number } {
    const isFirst = this.#packages === null || !samePackages(this.#packages, packages);
    const known = isFirst ? new Map<string, KnownFile>() : this.#files;
    const changed = changedFiles(known, files);
    const isStale = staleness(changesBetween(changed.values()));
    const moved = new Map<string, Int32Array>();
    for (const { path, before, after } of changed.values())
      if (before !== undefined) moved.set(path, movedFunctions(before, after));
    const offsets = new Map(files.map(({ file }) => [file.path, file.offset]));

    const all = new Map<IndexedFile, readonly ResolvedSite[]>();
    const next = new Map<string, KnownFile>();
    let resolved = 0;
    for (const { file, key } of files) {
      const old = known.get(file.path);
      const isSame =
        old !== undefined && !changed.has(file.path) && (changed.size === 0 || !isStale(old.reads));
      const kept = isSame ? follow(old.sites, moved) : null;
      if (kept !== null) {
        next.set(file.path, { file, key, sites: kept, reads: old!.reads });
        all.set(
          file,
          kept.map(({ caller, unit, path, local, tier }) => ({
            file,
            caller,
            unit,
            callee: offsets.get(path)! + local,
            tier,
          })),
        );
        continue;
      }
      resolved++;
      const reads = new Reads();
      index.reads = reads;
      const sites = resolveFile(index, file);
      index.reads = null;
      all.set(file, sites);
      next.set(file.path, { file, key, sites: sites.map((site) => remember(index, site)), reads });
    }
    this.#files = next;
    this.#packages = packages;
    return { sites: all, resolved };
  }
}

const remember = (index: RepositoryIndex, { caller, unit, callee, tier }: ResolvedSite): KnownSite => {
  const { path, offset } = index.fileOf[callee]!;
  return { caller, unit, path, local: callee - offset, tier };
};

/** The calls with their callees where they stand now; null if one is gone. */
const follow = (
  sites: readonly KnownSite[],
  moved: ReadonlyMap<string, Int32Array>,
): readonly KnownSite[] | null => {
  if (!sites.some(({ path }) => moved.has(path))) return sites;
  const followed = sites.map((site) => ({
    ...site,
    local: moved.get(site.path)?.[site.local] ?? site.local,
  }));
  return followed.some(({ local }) => local < 0) ? null : followed;
};

const changedFiles = (
  known: ReadonlyMap<string, KnownFile>,
  files: readonly KeyedFile[],
): Map<string, ChangedFile> => {
  const changed = new Map<string, ChangedFile>();
  const gone = new Set(known.keys());
  for (const { file, key } of files) {
    const { path } = file;
    gone.delete(path);
    const old = known.get(path);
    if (old?.key === key) continue;
    const isOtherLanguage = old !== undefined && old.file.definition !== file.definition;
    changed.set(path, { path, before: old?.file.facts, after: file.facts, isOtherLanguage });
  }
  for (const path of gone)
    changed.set(path, {
      path,
      before: known.get(path)!.file.facts,
      after: undefined,
      isOtherLanguage: false,
    });
  return changed;
};

const samePackages = (one: PackageTable, other: PackageTable): boolean =>
  isDeepStrictEqual(one.packages, other.packages) && isDeepStrictEqual(one.mains, other.mains);
