import type { FoundCall } from '../extraction/file-facts.js';
import { classTarget, HIERARCHY_LIMIT } from './class-target.js';
import type { RepositoryIndex } from './repository-index.js';
import type { ClassTarget, IndexedFile } from './target.js';

/** The declared class of a field, its own or inherited. */
const fieldClass = (
  index: RepositoryIndex,
  owner: ClassTarget,
  field: string,
): ClassTarget | 'foreign' | null => {
  const queue = [owner];
  for (let at = 0; at < queue.length && at < HIERARCHY_LIMIT; at++) {
    const { file, name } = queue[at]!;
    const found = index.classOf(file, name);
    const type = found?.fields.get(field);
    if (type !== undefined) return classTarget(index, file, type) ?? 'foreign';
    for (const superType of found?.superTypes ?? []) {
      const target = classTarget(index, file, superType);
      if (target !== null) queue.push(target);
    }
  }
  return null;
};

/** The class of a bare variable by its declaration; `foreign` for a class that is not of the repository. */
const variableClass = (
  index: RepositoryIndex,
  file: IndexedFile,
  call: FoundCall,
  name: string,
): ClassTarget | 'foreign' | null => {
  const { scopes } = file.facts;
  for (let at = call.scope; at >= 0; at = scopes[at]!.parent) {
    const { types, names } = scopes[at]!;
    const type = types.get(name);
    if (type !== undefined) return classTarget(index, file, type) ?? 'foreign';
    if (names.has(name)) return null;
  }
  return null;
};

/** The class of what a path of names stands for: a variable, a field, or a field of a field. */
export const pathClass = (
  index: RepositoryIndex,
  file: IndexedFile,
  call: FoundCall,
  path: readonly string[],
): ClassTarget | 'foreign' | null => {
  const [first, ...fields] = path;
  let owner: ClassTarget | 'foreign' | null;
  if (first === 'this')
    owner = call.className === null ? null : { kind: 'class', file, name: call.className };
  else owner = variableClass(index, file, call, first!);
  for (const field of fields) {
    if (owner === null || owner === 'foreign') return owner;
    owner = fieldClass(index, owner, field);
  }
  return owner;
};
