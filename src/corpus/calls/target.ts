import type { LanguageDefinition } from '../../syntax/index.js';
import type { FileFacts } from '../extraction/file-facts.js';

/** A file's facts with where its functions stand in the repository's numbering. */
export interface IndexedFile {
  readonly path: string;
  readonly definition: LanguageDefinition;
  readonly facts: FileFacts;
  readonly offset: number;
}

/** What a name in a module stands for. */
export type Target =
  | { readonly kind: 'function'; readonly number: number }
  | { readonly kind: 'class'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'module'; readonly file: IndexedFile };

/** A class among what names stand for. */
export type ClassTarget = Target & { readonly kind: 'class' };
