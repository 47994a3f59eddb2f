import type { FunctionHead, LanguageDefinition } from '../../syntax/index.js';
import type { FileFacts, FoundFunction } from '../extraction/file-facts.js';

/** What calls are resolved by of a function: nothing of its text. */
export interface CalledFunction
  extends Pick<FoundFunction, 'name' | 'qualifiedName' | 'className' | 'signature'> {
  readonly head: Pick<
    FunctionHead,
    'kind' | 'owner' | 'ownerIsClass' | 'isLexical' | 'isFileLocal' | 'arity'
  >;
}

/** What calls are resolved by of a file. */
export interface CallFacts extends Pick<FileFacts, 'scopes' | 'calls' | 'links' | 'classes'> {
  readonly functions: readonly CalledFunction[];
}

/** A file's facts with where its functions stand in the repository's numbering. */
export interface IndexedFile {
  readonly path: string;
  readonly definition: LanguageDefinition;
  readonly facts: CallFacts;
  readonly offset: number;
}

/** What a name in a module stands for. */
export type Target =
  | { readonly kind: 'function'; readonly number: number }
  | { readonly kind: 'class'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'module'; readonly file: IndexedFile };

/** A class among what names stand for. */
export type ClassTarget = Target & { readonly kind: 'class' };
