import type { FunctionFilterOptions } from './filter-options.js';

/** The filters of published corpora, by name. */
export type FilterPreset = 'CodeSearchNet' | 'TheVault';

/**
 * Options of `filterFunctions` that keep what CodeSearchNet keeps: a doc of 3 tokens or more, code of 3
 * lines or more, no tests, no constructors, no extension methods such as `__str__` or `toString`. Its
 * near-duplicates are dropped by `dropNearDuplicates`.
 *
 * @see Husain et al., CodeSearchNet Challenge (2019), section 2
 */
const codeSearchNet: FunctionFilterOptions = {
  requireDocstring: true,
  minDocstringTokens: 3,
  maxDocstringTokens: Number.POSITIVE_INFINITY,
  minCodeLines: 3,
  maxCodeLines: Number.POSITIVE_INFINITY,
  removeTests: true,
  removeConstructors: true,
  removeDunders: true,
  removeOrdinaryMethods: true,
  removeGettersAndSetters: false,
  removeNonProse: false,
  removeNonEnglish: false,
};

/**
 * Options of `filterFunctions` after the rules of The Vault: besides those of CodeSearchNet no getters and
 * setters, and of the docs no questions, links, to-dos, generated or inherited ones, no other script, and none
 * above 500 tokens.
 *
 * @see Nguyen et al., The Vault (2023), section 3.2, and its tool CodeText-parser
 */
const theVault: FunctionFilterOptions = {
  ...codeSearchNet,
  maxDocstringTokens: 500,
  removeGettersAndSetters: true,
  removeNonProse: true,
  removeNonEnglish: true,
};

/**
 * The filters of CodeSearchNet and The Vault, as options to start from.
 *
 * @example
 * ```ts
 * import { FILTER_PRESETS, filterFunctions } from 'oasis-embed/corpus';
 * filterFunctions([], { ...FILTER_PRESETS.CodeSearchNet, minCodeLines: 1 }).kept; // []
 * filterFunctions([], 'TheVault').kept; // []
 * ```
 */
export const FILTER_PRESETS: Readonly<Record<FilterPreset, FunctionFilterOptions>> = {
  CodeSearchNet: codeSearchNet,
  TheVault: theVault,
};

/** Options as given, or those of a published corpus by its name. */
export const filterOptions = (options: FunctionFilterOptions | FilterPreset): FunctionFilterOptions => {
  if (typeof options !== 'string') return options;
  if (!Object.hasOwn(FILTER_PRESETS, options)) {
    const known = Object.keys(FILTER_PRESETS).join(', ');
    throw new RangeError(`filters must be options or one of ${known}, received ${String(options)}`);
  }
  return FILTER_PRESETS[options];
};
