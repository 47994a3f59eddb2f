import type { CallSite } from '../syntax/index.js';
import { chooseOverload } from './choose-overload.js';
import { type ClassTarget, classTarget, HIERARCHY_LIMIT } from './class-target.js';
import type { IndexedFile, RepositoryIndex } from './repository-index.js';

/** A member of a class or of its super types, in the order in which they are named. */
export const memberOf = (
  index: RepositoryIndex,
  file: IndexedFile,
  className: string,
  site: CallSite,
  isSuper: boolean,
): number | null => {
  const queue: { readonly file: IndexedFile; readonly name: string }[] = [{ file, name: className }];
  const seen = new Set<string>();
  for (let at = 0; at < queue.length && at < HIERARCHY_LIMIT; at++) {
    const current = queue[at]!;
    const key = `${current.file.path}\n${current.name}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!(isSuper && at === 0)) {
      const found = chooseOverload(index, index.members(current.file, current.name, site.name), site.arity);
      if (found !== null) return found;
    }
    for (const superType of current.file.facts.classes.get(current.name)?.superTypes ?? []) {
      const target = classTarget(index, current.file, superType);
      if (target !== null) queue.push(target);
    }
  }
  return null;
};

export const constructorOf = (index: RepositoryIndex, target: ClassTarget, site: CallSite): number | null => {
  for (const name of ['constructor', '__init__', '__construct', 'initialize', target.name]) {
    const found = memberOf(index, target.file, target.name, { ...site, name }, false);
    if (found !== null) return found;
  }
  return null;
};
