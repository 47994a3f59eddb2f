import { classTarget, HIERARCHY_LIMIT } from './class-target.js';
import type { RepositoryIndex } from './repository-index.js';
import type { ClassTarget, IndexedFile } from './target.js';

const merge = (
  lists: readonly (readonly ClassTarget[])[],
  keyOf: (target: ClassTarget) => string,
): ClassTarget[] | null => {
  const order: ClassTarget[] = [];
  let rest = lists.filter((list) => list.length > 0);
  while (rest.length > 0) {
    const isLater = (target: ClassTarget) =>
      rest.some((list) => list.slice(1).some((other) => keyOf(other) === keyOf(target)));
    const next = rest.find((list) => !isLater(list[0]!))?.[0];
    if (next === undefined || order.length > HIERARCHY_LIMIT) return null;
    order.push(next);
    rest = rest
      .map((list) => (keyOf(list[0]!) === keyOf(next) ? list.slice(1) : list))
      .filter((list) => list.length > 0);
  }
  return order;
};

/**
 * A class and its super types in the order in which a member is looked for: C3, as Python and others do, which
 * with single inheritance is the chain of super classes. Where no such order exists, breadth first.
 *
 * @see https://www.python.org/download/releases/2.3/mro/
 */
export const classOrder = (
  index: RepositoryIndex,
  file: IndexedFile,
  name: string,
  open: ReadonlySet<string> = new Set(),
): readonly ClassTarget[] => {
  const known = index.classOrders.get(file, name);
  if (known !== undefined) return known;
  const key = `${file.path}\n${name}`;
  const self: ClassTarget = { kind: 'class', file, name };
  if (open.has(key) || open.size > HIERARCHY_LIMIT) return [self];
  const keyOf = (target: ClassTarget) => `${target.file.path}\n${target.name}`;
  const supers = (file.facts.classes.get(name)?.superTypes ?? []).flatMap((superType) => {
    const target = classTarget(index, file, superType);
    return target === null || keyOf(target) === key ? [] : [target];
  });
  const inner = new Set(open).add(key);
  const lists = supers.map((target) => classOrder(index, target.file, target.name, inner));
  const order = [self, ...(merge([...lists, supers], keyOf) ?? unique(lists.flat(), keyOf))];
  if (open.size === 0) index.classOrders.set(file, name, order);
  return order;
};

const unique = (targets: readonly ClassTarget[], keyOf: (target: ClassTarget) => string): ClassTarget[] => {
  const seen = new Map(targets.map((target) => [keyOf(target), target]));
  return [...seen.values()].slice(0, HIERARCHY_LIMIT);
};
