import type { CallSite } from '../syntax/index.js';
import type { CallTier } from './code-function.js';
import type { FoundCall } from './extract-file.js';
import { OPAQUE } from './extract-file.js';
import type { IndexedFile, RepositoryIndex, Target } from './repository-index.js';

/** A resolved call between two functions, by their numbers in the repository. */
export interface ResolvedCall {
  readonly caller: number;
  readonly callee: number;
  readonly tier: CallTier;
  readonly confidence: number;
}

/** From the most to the least trusted. */
export const CALL_TIERS: readonly CallTier[] = ['receiver', 'scope', 'import', 'package', 'unique-name'];

const CONFIDENCE: Readonly<Record<CallTier, number>> = {
  receiver: 0.99,
  scope: 0.99,
  import: 0.99,
  package: 0.9,
  'unique-name': 0.75,
};

/** A name that many functions bear tells nothing, and such names are most of the cost on large repositories. */
const CANDIDATE_LIMIT = 256;
const HIERARCHY_LIMIT = 32;

type Found = { readonly number: number; readonly tier: CallTier } | null;

const fits = (index: RepositoryIndex, number: number, arity: number): boolean => {
  const [fewest, most] = index.functions[number]!.head.arity;
  return arity < 0 || (arity >= fewest && arity <= most);
};

/** Of several functions of one name, the one that takes as many arguments; the first where none does. */
const choose = (index: RepositoryIndex, numbers: readonly number[], arity: number): number | null => {
  if (numbers.length === 0 || numbers.length > CANDIDATE_LIMIT) return null;
  return numbers.find((number) => fits(index, number, arity)) ?? numbers[0]!;
};

/** The class that a type's name means in a file: its own, an imported one, its folder's, or the only one. */
const classTarget = (
  index: RepositoryIndex,
  file: IndexedFile,
  name: string,
): (Target & { kind: 'class' }) | null => {
  const path = name.split('.');
  const last = path.at(-1)!;
  if (file.facts.classes.has(last)) return { kind: 'class', file, name: last };
  const link = index.importOf(file, name) ?? index.importOf(file, path[0]!);
  if (link !== undefined) {
    let target = index.declared(file, link.local);
    if (target?.kind === 'module') target = index.exported(target.file, last);
    if (target?.kind === 'class') return target;
    if (target?.kind === 'function') {
      // Before classes, a function with a prototype was one.
      const { name: own } = index.functions[target.number]!;
      const home = index.fileOf[target.number]!;
      if (home.facts.classes.has(own)) return { kind: 'class', file: home, name: own };
    }
  }
  const { sharesFolderScope, hasGlobalClasses } = file.definition;
  if (sharesFolderScope) {
    const owner = index.neighbours(file).find(({ facts }) => facts.classes.has(last));
    if (owner !== undefined) return { kind: 'class', file: owner, name: last };
  }
  if (!hasGlobalClasses) return null;
  const owners = index.filesWithClass(last).filter((owner) => owner.definition === file.definition);
  return owners.length === 1 ? { kind: 'class', file: owners[0]!, name: last } : null;
};

/** A member of a class or of its super types, in the order in which they are named. */
const memberOf = (
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
      const found = choose(index, index.members(current.file, current.name, site.name), site.arity);
      if (found !== null) return found;
    }
    for (const superType of current.file.facts.classes.get(current.name)?.superTypes ?? []) {
      const target = classTarget(index, current.file, superType);
      if (target !== null) queue.push(target);
    }
  }
  return null;
};

const constructorOf = (
  index: RepositoryIndex,
  target: Target & { kind: 'class' },
  site: CallSite,
): number | null => {
  for (const name of ['constructor', '__init__', '__construct', 'initialize', target.name]) {
    const found = memberOf(index, target.file, target.name, { ...site, name }, false);
    if (found !== null) return found;
  }
  return null;
};

/** The function behind a target when `site` calls it, or calls `site.name` on it. */
const callTarget = (
  index: RepositoryIndex,
  target: Target | null,
  site: CallSite,
  isMember: boolean,
): number | null => {
  if (target === null) return null;
  if (target.kind === 'function') {
    if (!isMember) return target.number;
    // A function with properties: foo.bar = function () {}.
    const found = index.functions[target.number]!;
    return choose(index, index.members(index.fileOf[target.number]!, found.name, site.name), site.arity);
  }
  if (target.kind === 'class') {
    return isMember
      ? memberOf(index, target.file, target.name, site, false)
      : constructorOf(index, target, site);
  }
  return isMember ? callTarget(index, index.exported(target.file, site.name), site, false) : null;
};

const lookUpScope = (file: IndexedFile, call: FoundCall, name: string): number | null => {
  const { scopes } = file.facts;
  for (let at = call.scope; at >= 0; at = scopes[at]!.parent) {
    const found = scopes[at]!.names.get(name);
    if (found !== undefined) return found;
  }
  return null;
};

type ClassTarget = Target & { kind: 'class' };

/** The declared class of a field, its own or inherited. */
const fieldClass = (
  index: RepositoryIndex,
  owner: ClassTarget,
  field: string,
): ClassTarget | 'foreign' | null => {
  const queue = [owner];
  for (let at = 0; at < queue.length && at < HIERARCHY_LIMIT; at++) {
    const { file, name } = queue[at]!;
    const found = file.facts.classes.get(name);
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
const pathClass = (
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

const constructed = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): Found => {
  const { site } = call;
  const target = classTarget(
    index,
    file,
    site.receiver === null ? site.name : `${site.receiver}.${site.name}`,
  );
  const number = target === null ? null : constructorOf(index, target, site);
  if (target === null || number === null) return null;
  if (target.file === file) return { number, tier: 'scope' };
  return {
    number,
    tier: index.importOf(file, site.receiver?.split('.')[0] ?? site.name) ? 'import' : 'package',
  };
};

const ofFolder = (index: RepositoryIndex, file: IndexedFile, site: CallSite): number | null => {
  const near = index.neighbours(file).flatMap((other) => {
    const found = other.facts.scopes[0]!.names.get(site.name);
    if (other === file || found === undefined || found < 0) return [];
    return other.facts.functions[found]!.head.isFileLocal ? [] : [other.offset + found];
  });
  return choose(index, near, site.arity);
};

const ofImports = (index: RepositoryIndex, file: IndexedFile, site: CallSite): number | null => {
  const link = index.importOf(file, site.name);
  if (link !== undefined) return callTarget(index, index.declared(file, site.name), site, false);
  for (const module of index.openImports(file)) {
    for (const other of index.modules(file, module)) {
      const target = other === file ? null : index.exported(other, site.name);
      // What is local to a file is seen where that very file is included, as headers are.
      const isIncluded = other.path.endsWith(module.slice(module.lastIndexOf('/') + 1));
      const isLocal =
        !isIncluded && target?.kind === 'function' && index.functions[target.number]!.head.isFileLocal;
      const number = isLocal ? null : callTarget(index, target, site, false);
      if (number !== null) return number;
    }
  }
  return null;
};

/** Of a file's functions of one qualified name, as TypeScript and C# overload them, the one that takes the arguments. */
const overloadOf = (index: RepositoryIndex, file: IndexedFile, number: number, arity: number): number => {
  const { name, qualifiedName } = index.functions[number]!;
  if (fits(index, number, arity)) return number;
  const named = index.named(name);
  if (named.length > CANDIDATE_LIMIT) return number;
  const same = (other: number) =>
    index.fileOf[other] === file && index.functions[other]!.qualifiedName === qualifiedName;
  return named.find((other) => same(other) && fits(index, other, arity)) ?? number;
};

/** A member of the class around a call, or of a class around that. */
const ofClassesAround = (
  index: RepositoryIndex,
  file: IndexedFile,
  call: FoundCall,
  className: string,
): number | null => {
  const own = memberOf(index, file, className, call.site, false);
  if (own !== null || call.caller < 0) return own;
  const around = file.facts.functions[call.caller]!.qualifiedName.split('.').slice(0, -1);
  for (const name of around.reverse()) {
    if (name === className || !file.facts.classes.has(name)) continue;
    const number = memberOf(index, file, name, call.site, false);
    if (number !== null) return number;
  }
  return null;
};

const resolveBare = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): Found => {
  const { site, className } = call;
  const { definition } = file;
  const inScope = lookUpScope(file, call, site.name);
  if (inScope !== null && inScope !== OPAQUE && !site.isConstruction) {
    return { number: overloadOf(index, file, file.offset + inScope, site.arity), tier: 'scope' };
  }
  const isHidden = inScope === OPAQUE;
  if (site.isConstruction || (!isHidden && file.facts.classes.has(site.name))) {
    const found = constructed(index, file, call);
    if (found !== null) return found;
    if (inScope !== null && !isHidden) return { number: file.offset + inScope, tier: 'scope' };
  }
  if (isHidden) return null;
  if (definition.hasImplicitReceiver && className !== null && !site.isConstruction) {
    const number = ofClassesAround(index, file, call, className);
    if (number !== null) return { number, tier: 'receiver' };
  }
  const imported = ofImports(index, file, site);
  if (imported !== null) return { number: imported, tier: 'import' };
  const link = index.importOf(file, site.name);
  // Imported from a module of someone else's.
  if (link !== undefined && !definition.hasGlobalClasses && index.modules(file, link.module).length === 0)
    return null;
  if (definition.sharesFolderScope) {
    const number = ofFolder(index, file, site);
    if (number !== null) return { number, tier: 'package' };
  }
  const isMember = definition.hasImplicitReceiver && className !== null;
  return uniqueName(index, file, site, (number) => isMember || index.functions[number]!.className === null);
};

const resolveMember = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): Found => {
  const { site, className } = call;
  const receiver = site.receiver!;
  if (site.isConstruction) return constructed(index, file, call);
  if (receiver === 'this' || receiver === 'super') {
    if (className === null) return null;
    const number = memberOf(index, file, className, site, receiver === 'super');
    if (number !== null) return { number, tier: 'receiver' };
    // An abstract method, or one that is set from outside.
    return receiver === 'super' ? null : uniqueName(index, file, site, (found) => isMethod(index, found));
  }
  const path = receiver.split('.').filter((name) => name !== 'prototype');
  const first = path[0]!;
  const last = path.at(-1)!;
  const isHidden = lookUpScope(file, call, first) === OPAQUE;
  const owner = receiver === '?' ? null : pathClass(index, file, call, path);
  // A variable of a class that is not ours: neither are its methods.
  if (owner === 'foreign')
    return file.definition.hasGlobalClasses ? extensionMethod(index, file, site) : null;
  if (owner !== null) {
    const number = memberOf(index, owner.file, owner.name, site, false);
    if (number !== null) return { number, tier: 'receiver' };
  }
  if (first !== '?' && first !== 'this' && path.length <= 4) {
    const link = index.importOf(file, receiver) ?? index.importOf(file, first);
    if (link !== undefined && !isHidden) {
      let target = index.declared(file, link.local);
      const rest = link.local === receiver ? [] : path.slice(1);
      for (const name of rest) target = target?.kind === 'module' ? index.exported(target.file, name) : null;
      const number = callTarget(index, target, site, true);
      if (number !== null) return { number, tier: 'import' };
      // A module of someone else's: its methods are not ours, whatever their names.
      if (index.modules(file, link.module).length === 0) return null;
    }
    if (
      file.facts.classes.has(last) &&
      (!isHidden || file.facts.classes.get(last)!.superTypes.length === 0)
    ) {
      const number = memberOf(index, file, last, site, false);
      if (number !== null) return { number, tier: 'receiver' };
    }
    const members = path.length === 1 ? index.members(file, last, site.name) : [];
    const member = choose(index, members, site.arity);
    if (member !== null) return { number: member, tier: 'receiver' };
    if (!isHidden && (file.definition.sharesFolderScope || file.definition.hasGlobalClasses)) {
      const number = callTarget(index, classTarget(index, file, receiver), site, true);
      if (number !== null) return { number, tier: 'package' };
    }
  }
  return uniqueName(index, file, site, (number) => isMethod(index, number));
};

/** C# calls static methods on values of any type, if their first parameter is marked `this`. */
const extensionMethod = (index: RepositoryIndex, file: IndexedFile, site: CallSite): Found =>
  uniqueName(index, file, site, (number) => /\(\s*this\s/.test(index.functions[number]!.signature));

/** What may be called on a value of unknown class: a method, not a function in some object or closure. */
const isMethod = (index: RepositoryIndex, number: number): boolean => {
  const { className, head } = index.functions[number]!;
  return className !== null && head.kind !== 'function';
};

/** The last resort: the only function of the repository with this name that takes as many arguments. */
const uniqueName = (
  index: RepositoryIndex,
  file: IndexedFile,
  site: CallSite,
  isCandidate: (number: number) => boolean,
): Found => {
  const { name, arity } = site;
  if (site.isConstruction || site.isTentative || name.length < 3 || file.definition.commonNames.has(name))
    return null;
  const named = index.named(name);
  if (named.length === 0 || named.length > CANDIDATE_LIMIT) return null;
  // One family of languages: those that share the rule for docs share a way of calling each other.
  const family = named.filter((number) => {
    const other = index.fileOf[number]!;
    if (other.definition.findDoc !== file.definition.findDoc) return false;
    return other === file || !index.functions[number]!.head.isFileLocal;
  });
  const candidates = family.filter((number) => isCandidate(number) && fits(index, number, arity));
  return candidates.length === 1 ? { number: candidates[0]!, tier: 'unique-name' } : null;
};

/**
 * Resolves the calls of a repository in tiers: the receiver's class, lexical scope, imports, the package or
 * folder, and at last a name that only one function bears. What no tier resolves is left out.
 *
 * @returns One edge per caller and callee, by the most trusted of their calls, in the order of the calls.
 */
export const resolveCalls = (index: RepositoryIndex, files: readonly IndexedFile[]): ResolvedCall[] => {
  const edges = new Map<string, ResolvedCall>();
  for (const file of files) {
    for (const call of file.facts.calls) {
      if (call.caller < 0) continue;
      const found =
        call.site.receiver === null ? resolveBare(index, file, call) : resolveMember(index, file, call);
      if (found === null) continue;
      const caller = file.offset + call.caller;
      // A wrapper calls its namesake on what it wraps, not itself.
      if (found.tier === 'unique-name' && found.number === caller) continue;
      const key = `${caller},${found.number}`;
      const known = edges.get(key);
      if (known !== undefined && CALL_TIERS.indexOf(known.tier) <= CALL_TIERS.indexOf(found.tier)) continue;
      edges.set(key, { caller, callee: found.number, tier: found.tier, confidence: CONFIDENCE[found.tier] });
    }
  }
  return [...edges.values()];
};
