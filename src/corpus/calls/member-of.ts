import type { CallSite } from '../../syntax/index.js';
import { chooseOverload } from './choose-overload.js';
import { classOrder } from './class-order.js';
import type { RepositoryIndex } from './repository-index.js';
import type { ClassTarget, IndexedFile } from './target.js';

/** A member of a class or of its super types, in the order of {@link classOrder}. */
export const memberOf = (
  index: RepositoryIndex,
  file: IndexedFile,
  className: string,
  site: CallSite,
  isSuper: boolean,
): number | null => {
  for (const [at, target] of classOrder(index, file, className).entries()) {
    if (isSuper && at === 0) continue;
    const found = chooseOverload(index, index.members(target.file, target.name, site.name), site.arity);
    if (found !== null) return found;
  }
  return null;
};

export const constructorOf = (index: RepositoryIndex, target: ClassTarget, site: CallSite): number | null => {
  for (const name of ['constructor', '__init__', '__construct', 'initialize', 'init', target.name]) {
    const found = memberOf(index, target.file, target.name, { ...site, name }, false);
    if (found !== null) return found;
  }
  return null;
};
