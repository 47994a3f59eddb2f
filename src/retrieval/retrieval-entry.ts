/** One thing that can be found, by its fields. */
export interface RetrievalEntry {
  /** Tells equal paths apart. @defaultValue '' */
  readonly repository?: string;
  /** Where it stands; entries of one file are evidence for each other. */
  readonly path: string;
  /** Its last name: `send` of `Client.send`. */
  readonly name: string;
  /** The name with what encloses it, joined by `.`. @defaultValue the name */
  readonly qualifiedName?: string;
  /** @defaultValue 'function' */
  readonly role?: EntryRole;
  readonly code: string;
  /** What its author says of it. */
  readonly doc?: string | null;
}

/** What an entry is: a definition of a type, a function or a value, or a part of a file between them. */
export type EntryRole = 'type' | 'function' | 'value' | 'text';

/** In the order in which definitions of one name are shown. */
export const ENTRY_ROLES: readonly EntryRole[] = ['type', 'function', 'value', 'text'];
