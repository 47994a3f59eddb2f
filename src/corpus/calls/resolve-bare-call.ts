import type { CallSite } from '../../syntax/index.js';
import { type FoundCall, OPAQUE } from '../extraction/file-facts.js';
import { callTarget, constructed } from './call-target.js';
import type { FoundCallee } from './call-tiers.js';
import { chooseOverload, overloadOf } from './choose-overload.js';
import { lookUpScope } from './look-up-scope.js';
import { memberOf } from './member-of.js';
import type { RepositoryIndex } from './repository-index.js';
import type { IndexedFile } from './target.js';
import { uniqueName } from './unique-name.js';

const ofFolder = (index: RepositoryIndex, file: IndexedFile, site: CallSite): number | null =>
  chooseOverload(index, index.functionsBeside(file, site.name), site.arity);

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

/** The function that a call without a receiver, `f()`, goes to. */
export const resolveBareCall = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): FoundCallee => {
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
