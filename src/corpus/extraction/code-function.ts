import type { LanguageId } from '../../syntax/index.js';
import type { DocKind } from '../docs/doc-kind.js';
import type { UnitKind } from './granularity.js';

/**
 * One named function or method with a body, as found in a repository; a class or a file where
 * {@link AnalyzeRepositoryOptions.granularity} asks for those.
 */
export interface CodeFunction {
  /** Stable over runs and machines: a hash of repository, path, qualified name and its ordinal in the file. */
  readonly id: string;
  readonly repository: string;
  /** Relative to the repository's root, with `/` on every platform. */
  readonly path: string;
  readonly language: LanguageId;
  /**
   * The license of its file as an SPDX expression: by the file's header, else by the manifest or license file of the
   * nearest folder; null or left out where none says.
   */
  readonly license?: string | null;
  readonly kind: UnitKind;
  /** A file's and a module's is its base name. */
  readonly name: string;
  /** The name with its enclosing classes, objects and functions, joined by `.`; a file's and a module's is its path. */
  readonly qualifiedName: string;
  /** The declaration up to its body, on one line. */
  readonly signature: string;
  readonly parameters: readonly string[];
  /**
   * Names of a class's or type's members (fields, methods, cases), or of all that one declaration of constants
   * declares; left out for functions, files and modules.
   */
  readonly members?: readonly string[];
  /** Byte offsets in the file as stored, end exclusive. */
  readonly startByte: number;
  readonly endByte: number;
  /** Lines count from 1, end inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** The function as it stands in the file, comments included. */
  readonly source: string;
  /**
   * The function without comments and doc: what an encoder reads (`snippet_wo_comment`). A class's is followed
   * by the methods that its file declares outside of it, as Go does.
   */
  readonly code: string;
  /** The author's doc comment without its comment marks, or null. */
  readonly doc: string | null;
  /** What the doc was: a doc comment, a docstring or a bare comment; null or left out without one. */
  readonly docKind?: DocKind | null;
  /** The doc's summary: its text before the first blank line or tag, or null. */
  readonly summary: string | null;
  /** True where its text holds a syntax error, so that some of it may be missing or misread; absent otherwise. */
  readonly hasSyntaxError?: true;
  /** Calls into this function from others of the repository, most trusted first. */
  readonly callers: readonly CallReference[];
  /** Calls from this function to others of the repository, most trusted first. */
  readonly callees: readonly CallReference[];
}

/** How a call was resolved to its target, from the most to the least trusted. */
export type CallTier = 'receiver' | 'scope' | 'import' | 'package' | 'unique-name';

/** One end of a call edge: the function at the other end and how sure the resolution is. */
export interface CallReference {
  readonly id: string;
  readonly name: string;
  /** Present where the end is no function but a file's own code, at granularity `module`. */
  readonly kind?: 'module';
  readonly tier: CallTier;
  /** In (0, 1]. */
  readonly confidence: number;
}
