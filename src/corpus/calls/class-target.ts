import type { RepositoryIndex } from './repository-index.js';
import type { ClassTarget, IndexedFile } from './target.js';

/** Super types are followed so far; a longer chain, or a circle, is no one's code. */
export const HIERARCHY_LIMIT = 32;

/** The class that a type's name means in a file: its own, an imported one, its folder's, or the only one. */
export const classTarget = (index: RepositoryIndex, file: IndexedFile, name: string): ClassTarget | null =>
  index.recall(index.classTargets, file, name, () => findClass(index, file, name));

const findClass = (index: RepositoryIndex, file: IndexedFile, name: string): ClassTarget | null => {
  const path = name.split('.');
  const last = path.at(-1)!;
  if (index.classOf(file, last) !== undefined) return { kind: 'class', file, name: last };
  const link = index.importOf(file, name) ?? index.importOf(file, path[0]!);
  if (link !== undefined) {
    let target = index.declared(file, link.local);
    if (target?.kind === 'module') target = index.exported(target.file, last);
    if (target?.kind === 'class') return target;
    if (target?.kind === 'function') {
      // Before classes, a function with a prototype was one.
      const { name: own } = index.functions[target.number]!;
      const home = index.fileOf[target.number]!;
      if (index.classOf(home, own) !== undefined) return { kind: 'class', file: home, name: own };
    }
  }
  const { sharesFolderScope, hasGlobalClasses } = file.definition;
  if (sharesFolderScope) {
    const owner = index.fileBesideWithClass(file, last);
    if (owner !== undefined) return { kind: 'class', file: owner, name: last };
  }
  if (!hasGlobalClasses) return null;
  const owners = index.filesWithClass(file, last).filter((owner) => owner.definition === file.definition);
  return owners.length === 1 ? { kind: 'class', file: owners[0]!, name: last } : null;
};
