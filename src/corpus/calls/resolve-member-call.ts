import type { CallSite } from '../../syntax/index.js';
import { type FoundCall, OPAQUE } from '../extraction/file-facts.js';
import { callTarget, constructed } from './call-target.js';
import type { FoundCallee } from './call-tiers.js';
import { chooseOverload } from './choose-overload.js';
import { classTarget } from './class-target.js';
import { lookUpScope } from './look-up-scope.js';
import { memberOf } from './member-of.js';
import { pathClass } from './path-class.js';
import type { RepositoryIndex } from './repository-index.js';
import type { IndexedFile } from './target.js';
import { isMethod, uniqueName } from './unique-name.js';

/** C# calls static methods on values of any type, if their first parameter is marked `this`. */
const extensionMethod = (index: RepositoryIndex, file: IndexedFile, site: CallSite): FoundCallee =>
  uniqueName(index, file, site, (number) => /\(\s*this\s/.test(index.functions[number]!.signature));

/** The class that a cast or a construction in front of the call names. */
const typeOf = (index: RepositoryIndex, file: IndexedFile, { receiverType }: CallSite) =>
  receiverType === undefined ? null : (classTarget(index, file, receiverType) ?? ('foreign' as const));

/** Whether a name means an object of the platform: one that the file neither declares nor imports. */
const isPlatform = (index: RepositoryIndex, file: IndexedFile, call: FoundCall, name: string): boolean =>
  file.definition.platformObjects?.has(name) === true &&
  lookUpScope(file, call, name) === null &&
  !file.facts.classes.has(name) &&
  index.importOf(file, name) === undefined;

/** The method that a call on a receiver, `x.f()`, goes to. */
export const resolveMemberCall = (
  index: RepositoryIndex,
  file: IndexedFile,
  call: FoundCall,
): FoundCallee => {
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
  const path = /[.]|^prototype$/.test(receiver)
    ? receiver.split('.').filter((name) => name !== 'prototype')
    : [receiver];
  const first = path[0]!;
  const last = path.at(-1)!;
  const isHidden = lookUpScope(file, call, first) === OPAQUE;
  if (isPlatform(index, file, call, first)) return null;
  const owner = receiver === '?' ? typeOf(index, file, site) : pathClass(index, file, call, path);
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
    const member = chooseOverload(index, members, site.arity);
    if (member !== null) return { number: member, tier: 'receiver' };
    if (!isHidden && (file.definition.sharesFolderScope || file.definition.hasGlobalClasses)) {
      const number = callTarget(index, classTarget(index, file, receiver), site, true);
      if (number !== null) return { number, tier: 'package' };
    }
  }
  return uniqueName(index, file, site, (number) => isMethod(index, number));
};
