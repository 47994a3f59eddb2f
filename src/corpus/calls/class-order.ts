import { classTarget, HIERARCHY_LIMIT } from './class-target.js';
import type { RepositoryIndex } from './repository-index.js';
import type { ClassTarget, IndexedFile } from './target.js';

const merge = (lists: readonly (readonly ClassTarget[])[]): ClassTarget[] | null => {
  const order: ClassTarget[] = [];
  let rest = lists.filter((list) => list.length > 0);
  while (rest.length > 0) {
    const isLater = (target: ClassTarget) =>
      rest.some((list) => list.slice(1).some((other) => keyOf(other) === keyOf(target)));
    const next = rest.find((list) => !isLater(list[0]!))?.[0];
    if (next === undefined) return null;
    order.push(next);
    rest = rest
      .map((list) => (keyOf(list[0]!) === keyOf(next) ? list.slice(1) : list))
      .filter((list) => list.length > 0);
  }
  return order;
};

const keyOf = ({ file, name }: ClassTarget): string => `${file.path}\n${name}`;

const superTypes = (index: RepositoryIndex, target: ClassTarget): ClassTarget[] => {
  const key = keyOf(target);
  return (index.classOf(target.file, target.name)?.superTypes ?? []).flatMap((superType) => {
    const found = classTarget(index, target.file, superType);
    return found === null || keyOf(found) === key ? [] : [found];
  });
};

/** Whether no class above stands above itself, and no more than so many stand above in all. */
const isHierarchy = (
  index: RepositoryIndex,
  target: ClassTarget,
  open: Set<string>,
  done: Set<string>,
): boolean => {
  const key = keyOf(target);
  if (done.has(key)) return true;
  if (open.has(key) || open.size + done.size >= HIERARCHY_LIMIT) return false;
  open.add(key);
  const isSound = superTypes(index, target).every((superType) => isHierarchy(index, superType, open, done));
  open.delete(key);
  done.add(key);
  return isSound;
};

const breadthFirst = (index: RepositoryIndex, target: ClassTarget): ClassTarget[] => {
  const found = new Map([[keyOf(target), target]]);
  // A map hands out what is added while it is walked.
  for (const [, each] of found) {
    for (const superType of superTypes(index, each)) {
      if (found.size >= HIERARCHY_LIMIT) return [...found.values()];
      const key = keyOf(superType);
      if (!found.has(key)) found.set(key, superType);
    }
  }
  return [...found.values()];
};

/**
 * A class and its super types in the order in which a member is looked for: C3, as Python and others do, which
 * with single inheritance is the chain of super classes. Where no such order exists, or the hierarchy is circular or
 * too large for anyone's, breadth first.
 *
 * @see https://www.python.org/download/releases/2.3/mro/
 */
export const classOrder = (index: RepositoryIndex, file: IndexedFile, name: string): readonly ClassTarget[] =>
  index.recall(index.classOrders, file, name, () => {
    const self: ClassTarget = { kind: 'class', file, name };
    const supers = superTypes(index, self);
    if (supers.length === 0) return [self];
    if (!isHierarchy(index, self, new Set(), new Set())) return breadthFirst(index, self);
    const lists = supers.map((superType) => classOrder(index, superType.file, superType.name));
    const rest = merge([...lists, supers]);
    return rest === null ? breadthFirst(index, self) : [self, ...rest];
  });
