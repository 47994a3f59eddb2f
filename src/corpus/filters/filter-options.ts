import type { OptionNames } from '../../numerics/index.js';
import type { DocKind } from '../docs/doc-kind.js';

/** Options of `filterFunctions`, after the rules of CodeSearchNet and The Vault. */
export interface FunctionFilterOptions {
  /**
   * Whether a function needs an author's doc with a summary. Without, the rules about docs are not tried on
   * functions that have none.
   *
   * @defaultValue true
   */
  readonly requireDocstring?: boolean;
  /**
   * Kinds of doc that count as an author's; with another, a function is dropped. One whose kind is not known is kept.
   *
   * @defaultValue all
   */
  readonly docKinds?: readonly DocKind[];
  /**
   * SPDX ids of licenses that are accepted: `MIT OR GPL-3.0-only` passes by either, `MIT AND GPL-3.0-only` by both, and
   * what has no license by none.
   *
   * @defaultValue any license, and none
   */
  readonly licenses?: readonly string[];
  /**
   * Fewest words of the summary (CodeSearchNet: 3).
   *
   * @defaultValue 3
   */
  readonly minDocstringTokens?: number;
  /**
   * Most words of the summary (The Vault: 500).
   *
   * @defaultValue 500
   */
  readonly maxDocstringTokens?: number;
  /**
   * Fewest lines of the code without comments (CodeSearchNet: 3).
   *
   * @defaultValue 3
   */
  readonly minCodeLines?: number;
  /**
   * Maximum lines of code without comments: a function that wraps a whole library describes nothing.
   *
   * @defaultValue 500
   */
  readonly maxCodeLines?: number;
  /**
   * Drops functions whose path or name says that they are tests (CodeSearchNet).
   *
   * @defaultValue true
   */
  readonly removeTests?: boolean;
  /**
   * Drops constructors (CodeSearchNet).
   *
   * @defaultValue true
   */
  readonly removeConstructors?: boolean;
  /**
   * Drops `__str__` and the like (CodeSearchNet).
   *
   * @defaultValue true
   */
  readonly removeDunders?: boolean;
  /**
   * Drops `toString`, `hashCode`, `equals` and the like (CodeSearchNet).
   *
   * @defaultValue true
   */
  readonly removeOrdinaryMethods?: boolean;
  /**
   * Drops functions whose names begin with `get` or `set` (The Vault).
   *
   * @defaultValue false
   */
  readonly removeGettersAndSetters?: boolean;
  /**
   * Drops docs that are no prose: inherited, directives, licenses, bare links, to-dos, code (The Vault).
   *
   * @defaultValue true
   */
  readonly removeNonProse?: boolean;
  /**
   * Drops docs written in another script than Latin (The Vault keeps English only).
   *
   * @defaultValue true
   */
  readonly removeNonEnglish?: boolean;
  /**
   * Drops functions whose text holds a syntax error.
   *
   * @defaultValue false
   */
  readonly removeSyntaxErrors?: boolean;
}

export const FUNCTION_FILTER_OPTIONS: OptionNames<FunctionFilterOptions> = {
  requireDocstring: true,
  docKinds: true,
  licenses: true,
  minDocstringTokens: true,
  maxDocstringTokens: true,
  minCodeLines: true,
  maxCodeLines: true,
  removeTests: true,
  removeConstructors: true,
  removeDunders: true,
  removeOrdinaryMethods: true,
  removeGettersAndSetters: true,
  removeNonProse: true,
  removeNonEnglish: true,
  removeSyntaxErrors: true,
};
