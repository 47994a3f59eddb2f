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
  receiver: 0.97,
  scope: 0.98,
  import: 0.96,
  package: 0.9,
  'unique-name': 0.6,
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

const classTarget = (index: RepositoryIndex, file: IndexedFile, name: string): Target | null => {
  const path = name.split('.');
  const last = path.at(-1)!;
  if (file.facts.classes.has(last)) return { kind: 'class', file, name: last };
  const declared = index.declared(file, path[0]!);
  if (declared?.kind === 'class' && path.length === 1) return declared;
  if (declared?.kind === 'module' && path.length === 2) return index.exported(declared.file, last);
  if (!file.definition.sharesFolderScope) return null;
  const owner = index.neighbours(file).find(({ facts }) => facts.classes.has(last));
  return owner === undefined ? null : { kind: 'class', file: owner, name: last };
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
      if (target?.kind === 'class') queue.push(target);
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

const resolveBare = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): Found => {
  const { site, className } = call;
  const { definition } = file;
  const inScope = lookUpScope(file, call, site.name);
  if (inScope !== null && inScope !== OPAQUE) return { number: file.offset + inScope, tier: 'scope' };
  const own = classTarget(index, file, site.name);
  if (own?.kind === 'class' && own.file === file) {
    const number = constructorOf(index, own, site);
    if (number !== null) return { number, tier: 'scope' };
  }
  if (inScope === OPAQUE) return null;
  if (definition.hasImplicitReceiver && className !== null && !site.isConstruction) {
    const number = memberOf(index, file, className, site, false);
    if (number !== null) return { number, tier: 'receiver' };
  }
  const link = index.importOf(file, site.name);
  if (link !== undefined) {
    const number = callTarget(index, index.declared(file, site.name), site, false);
    return number === null ? null : { number, tier: 'import' };
  }
  if (definition.sharesFolderScope) {
    if (own?.kind === 'class') {
      const number = constructorOf(index, own, site);
      if (number !== null) return { number, tier: 'package' };
    }
    const near = index.neighbours(file).flatMap((other) => {
      const found = other.facts.scopes[0]!.names.get(site.name);
      return other !== file && found !== undefined && found >= 0 ? [other.offset + found] : [];
    });
    const number = choose(index, near, site.arity);
    if (number !== null) return { number, tier: 'package' };
  }
  return uniqueName(index, file, site, (number) => index.functions[number]!.className === null);
};

const resolveMember = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): Found => {
  const { site, className } = call;
  const receiver = site.receiver!;
  if (receiver === 'this' || receiver === 'super') {
    if (className === null) return null;
    const number = memberOf(index, file, className, site, receiver === 'super');
    return number === null ? null : { number, tier: 'receiver' };
  }
  const path = receiver.split('.').filter((name) => name !== 'prototype');
  const first = path[0]!;
  const last = path.at(-1)!;
  if (first !== '?' && first !== 'this' && path.length <= 3) {
    const isHidden = lookUpScope(file, call, first) === OPAQUE;
    const link = index.importOf(file, first);
    if (link !== undefined && !isHidden) {
      let target = index.declared(file, first);
      for (const name of path.slice(1))
        target = target?.kind === 'module' ? index.exported(target.file, name) : null;
      const number = callTarget(index, target, site, true);
      if (number !== null) return { number, tier: 'import' };
      // A module of someone else's: its methods are not ours, whatever their names.
      if (index.modules(file, link.module).length === 0) return null;
    }
    if (file.facts.classes.has(last)) {
      const number = memberOf(index, file, last, site, false);
      if (number !== null) return { number, tier: 'receiver' };
    }
    const members = index.members(file, last, site.name);
    if (members.length > 0) return { number: choose(index, members, site.arity)!, tier: 'receiver' };
    if (file.definition.sharesFolderScope) {
      const number = callTarget(index, classTarget(index, file, first), site, true);
      if (number !== null) return { number, tier: 'package' };
    }
  }
  return uniqueName(index, file, site, (number) => index.functions[number]!.className !== null);
};

/** The last resort: the only function of the repository with this name that takes as many arguments. */
const uniqueName = (
  index: RepositoryIndex,
  file: IndexedFile,
  site: CallSite,
  isCandidate: (number: number) => boolean,
): Found => {
  if (site.isConstruction || site.name.length < 3 || file.definition.commonNames.has(site.name)) return null;
  const named = index.named(site.name);
  if (named.length === 0 || named.length > CANDIDATE_LIMIT) return null;
  const candidates = named.filter((number) => isCandidate(number) && fits(index, number, site.arity));
  const family = candidates.filter(
    (number) => index.fileOf[number]!.definition.findDoc === file.definition.findDoc,
  );
  return family.length === 1 ? { number: family[0]!, tier: 'unique-name' } : null;
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
      const key = `${caller},${found.number}`;
      const known = edges.get(key);
      if (known !== undefined && CALL_TIERS.indexOf(known.tier) <= CALL_TIERS.indexOf(found.tier)) continue;
      edges.set(key, { caller, callee: found.number, tier: found.tier, confidence: CONFIDENCE[found.tier] });
    }
  }
  return [...edges.values()];
};
