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
  return memberNamed(index, classOrder(index, file, className), site.name, site.arity, isSuper ? 1 : 0);
};

const memberNamed = (
  index: RepositoryIndex,
  order: readonly ClassTarget[],
  name: string,
  arity: number,
  from: number,
): number | null => {
  for (let at = from; at < order.length; at++) {
    const { file, name: className } = order[at]!;
    const found = chooseOverload(index, index.members(file, className, name), arity);
    if (found !== null) return found;
  }
  return null;
};

const CONSTRUCTORS = ['constructor', '__init__', '__construct', 'initialize', 'init'];

export const constructorOf = (index: RepositoryIndex, target: ClassTarget, site: CallSite): number | null => {
  const order = classOrder(index, target.file, target.name);
  for (const name of CONSTRUCTORS) {
    const found = memberNamed(index, order, name, site.arity, 0);
    if (found !== null) return found;
  }
  return memberNamed(index, order, target.name, site.arity, 0);
};
