import { checkOptions } from '../../numerics/index.js';
import { type DocDefect, docDefect } from '../docs/doc-defect.js';
import type { CodeFunction } from '../extraction/code-function.js';
import { satisfiesLicense } from '../licenses/license-expression.js';
import { isBesideProgram } from '../sources/beside-program.js';
import { countBy } from './count-by.js';
import { FUNCTION_FILTER_OPTIONS, type FunctionFilterOptions } from './filter-options.js';
import { type FilterPreset, filterOptions } from './filter-presets.js';

/** Why a function was dropped: one reason per rule, in the order in which the rules are tried. */
export type DropReason =
  | 'no-docstring'
  | 'other-doc-kind'
  | 'other-license'
  | 'short-docstring'
  | 'long-docstring'
  | DocDefect
  | 'not-english'
  | 'test'
  | 'constructor'
  | 'dunder'
  | 'ordinary-method'
  | 'getter-or-setter'
  | 'short-body'
  | 'long-body'
  | 'syntax-error';

/** A dropped function and the first rule that it broke. */
export interface DroppedFunction {
  readonly function: CodeFunction;
  readonly reason: DropReason;
}

export interface FilteredFunctions {
  readonly kept: readonly CodeFunction[];
  readonly dropped: readonly DroppedFunction[];
  readonly droppedByReason: Readonly<Partial<Record<DropReason, number>>>;
}

const TEST_NAME = /^(test(?=$|[A-Z_\d])|Test(?=$|[A-Z_\d])|it_|should[A-Z_])|_test$|Test$/;
const ORDINARY = new Set([
  'toString',
  'hashCode',
  'equals',
  'finalize',
  'notify',
  'notifyAll',
  'clone',
  'valueOf',
  'toJSON',
  'ToString',
  'GetHashCode',
  'Equals',
  'to_s',
  'inspect',
  'hash',
  'eql?',
]);

const words = (text: string): number => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’_.-]*/gu)?.length ?? 0;

const lines = (text: string): number => {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
};

const lastName = (qualified: string): string => qualified.split('.').at(-2) ?? '';

/** Languages whose constructors bear the name of their class. */
const NAMED_AFTER_CLASS = new Set<string>(['java', 'csharp', 'kotlin', 'cpp']);

const isConstructor = ({ name, qualifiedName, language }: CodeFunction): boolean => {
  if (name === 'constructor' || name === '__init__' || name === '__construct') return true;
  if (name === 'initialize') return language === 'ruby';
  if (name === 'init') return language === 'swift';
  if (name === 'this') return language === 'scala';
  return NAMED_AFTER_CLASS.has(language) && lastName(qualifiedName) === name;
};

const isTest = ({ path, name, qualifiedName, language }: CodeFunction): boolean =>
  isBesideProgram(path) ||
  TEST_NAME.test(name) ||
  // Rust keeps the tests of a module in it.
  (language === 'rust' && /(^|\.)tests?\./.test(qualifiedName));

const isDunder = (name: string): boolean => /^__\w+(__)?$/.test(name) && !name.startsWith('___');

/** Docs that have no summary because of what they are. */
const SAYS_WHY: ReadonlySet<DropReason> = new Set(['inherited-docstring', 'unfinished', 'url']);

/**
 * The first rule that a function breaks, or null for one to keep.
 *
 * @example
 * ```ts
 * import { type CodeFunction, dropReason } from 'oasis-embed/corpus';
 * const found = { name: 'next', qualifiedName: 'next', path: 'a.js', language: 'javascript',
 *   code: 'function next(n) {\n  return n + 1;\n}', doc: 'Adds one.', summary: 'Adds one.' } as CodeFunction;
 * dropReason(found); // 'short-docstring'
 * dropReason(found, { minDocstringTokens: 2 }); // null
 * ```
 */
export const dropReason = (found: CodeFunction, options: FunctionFilterOptions = {}): DropReason | null => {
  checkOptions('dropReason', options, FUNCTION_FILTER_OPTIONS);
  const { requireDocstring = true, minDocstringTokens = 3, maxDocstringTokens = 500 } = options;
  const { minCodeLines = 3, maxCodeLines = 500, removeTests = true, removeConstructors = true } = options;
  const {
    removeDunders = true,
    removeOrdinaryMethods = true,
    removeNonProse = true,
    removeNonEnglish = true,
  } = options;
  if (options.licenses !== undefined && !satisfiesLicense(found.license ?? '', options.licenses))
    return 'other-license';
  if (found.summary === null && requireDocstring) {
    const defect = found.doc === null || !removeNonProse ? null : docDefect(found.doc, found.doc);
    return defect !== null && SAYS_WHY.has(defect) ? defect : 'no-docstring';
  }
  if (found.docKind != null && options.docKinds?.includes(found.docKind) === false) return 'other-doc-kind';
  if (found.summary !== null) {
    if (removeNonProse) {
      const defect = docDefect(found.summary, found.doc ?? found.summary);
      if (defect !== null) return defect;
    }
    const count = words(found.summary);
    if (count < minDocstringTokens) return 'short-docstring';
    if (count > maxDocstringTokens) return 'long-docstring';
    if (removeNonEnglish && isOtherScript(found.summary)) return 'not-english';
  }
  if (removeTests && isTest(found)) return 'test';
  if (removeConstructors && isConstructor(found)) return 'constructor';
  if (removeDunders && isDunder(found.name)) return 'dunder';
  if (removeOrdinaryMethods && ORDINARY.has(found.name)) return 'ordinary-method';
  if (options.removeGettersAndSetters === true && /^[gs]et/i.test(found.name)) return 'getter-or-setter';
  const height = lines(found.code);
  if (height < minCodeLines) return 'short-body';
  if (height > maxCodeLines) return 'long-body';
  if (options.removeSyntaxErrors === true && found.hasSyntaxError === true) return 'syntax-error';
  return null;
};

const isOtherScript = (text: string): boolean => {
  const letters = text.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter));
  return letters.length > 0 && foreign.length > 0.25 * letters.length;
};

/**
 * Keeps the functions worth learning from and names the rule that each of the others broke.
 *
 * @param options Single rules, or those of a published corpus by its name.
 * @returns `kept` in the order given, `dropped` likewise, and counts by reason.
 */
export const filterFunctions = (
  functions: readonly CodeFunction[],
  options: FunctionFilterOptions | FilterPreset = {},
): FilteredFunctions => {
  const rules = filterOptions(options);
  checkOptions('filterFunctions', rules, FUNCTION_FILTER_OPTIONS);
  const kept: CodeFunction[] = [];
  const dropped: DroppedFunction[] = [];
  for (const found of functions) {
    const reason = dropReason(found, rules);
    if (reason === null) kept.push(found);
    else dropped.push({ function: found, reason });
  }
  return { kept, dropped, droppedByReason: countBy(dropped.map(({ reason }) => reason)) };
};
