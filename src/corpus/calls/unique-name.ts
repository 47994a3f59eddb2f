import type { CallSite } from '../../syntax/index.js';
import type { FoundCallee } from './call-tiers.js';
import { CANDIDATE_LIMIT, fits } from './choose-overload.js';
import type { RepositoryIndex } from './repository-index.js';
import type { IndexedFile } from './target.js';

/** What may be called on a value of unknown class: a method, not a function in some object or closure. */
export const isMethod = (index: RepositoryIndex, number: number): boolean => {
  const { className, head } = index.functions[number]!;
  return className !== null && head.kind !== 'function';
};

/** The last resort: the only function of the repository with this name that takes as many arguments. */
export const uniqueName = (
  index: RepositoryIndex,
  file: IndexedFile,
  site: CallSite,
  isCandidate: (number: number) => boolean,
): FoundCallee => {
  const { name, arity } = site;
  if (site.isConstruction || site.isTentative || name.length < 3 || file.definition.commonNames.has(name))
    return null;
  const named = index.named(name);
  if (named.length === 0 || named.length > CANDIDATE_LIMIT) return null;
  // One family of languages: those that share the rule for docs share a way of calling each other.
  const isFamily = (number: number): boolean => {
    const other = index.fileOf[number]!;
    if (other.definition.findDoc !== file.definition.findDoc || !index.mayCall(file, other)) return false;
    return other === file || !index.functions[number]!.head.isFileLocal;
  };
  let only = -1;
  for (const number of named) {
    if (!fits(index, number, arity) || !isCandidate(number) || !isFamily(number)) continue;
    if (only >= 0) return null;
    only = number;
  }
  return only < 0 ? null : { number: only, tier: 'unique-name' };
};
