import type { CallSite } from '../../syntax/index.js';
import type { FoundCall } from '../extraction/file-facts.js';
import type { FoundCallee } from './call-tiers.js';
import { chooseOverload } from './choose-overload.js';
import { classTarget } from './class-target.js';
import { constructorOf, memberOf } from './member-of.js';
import type { RepositoryIndex } from './repository-index.js';
import type { IndexedFile, Target } from './target.js';

/** The function behind a target when `site` calls it, or calls `site.name` on it. */
export const callTarget = (
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
    return chooseOverload(
      index,
      index.members(index.fileOf[target.number]!, found.name, site.name),
      site.arity,
    );
  }
  if (target.kind === 'class') {
    return isMember
      ? memberOf(index, target.file, target.name, site, false)
      : constructorOf(index, target, site);
  }
  return isMember ? callTarget(index, index.exported(target.file, site.name), site, false) : null;
};

/** The constructor that `new A()` runs. */
export const constructed = (index: RepositoryIndex, file: IndexedFile, call: FoundCall): FoundCallee => {
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
