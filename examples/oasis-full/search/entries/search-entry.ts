import { createHash } from 'node:crypto';
import type { CodeFunction } from 'oasis-embed/corpus';
import type { EntryRole, RetrievalEntry } from 'oasis-embed/retrieval';
import { byPath } from './by-path.js';
import type { FilePieces } from './file-pieces.js';

/** Something that can be found: a function, a type, a constant, or a part of a file. */
export interface SearchEntry extends RetrievalEntry {
  readonly id: string;
  readonly repository: string;
  readonly language: string;
  readonly role: EntryRole;
  readonly qualifiedName: string;
  readonly signature: string;
  readonly summary: string | null;
  readonly startLine: number;
  readonly endLine: number;
  /** As it stands in its file. */
  readonly source: string;
}

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);

const firstLine = (text: string): string => {
  const line = text.split('\n').find((candidate) => /\p{L}/u.test(candidate)) ?? '';
  return line.trim().slice(0, 200);
};

/** A function of the corpus as an entry. */
export const functionEntry = (fn: CodeFunction): SearchEntry => ({
  id: fn.id,
  repository: fn.repository,
  path: fn.path,
  language: fn.language,
  role: fn.kind === 'class' ? 'type' : 'function',
  name: fn.name,
  qualifiedName: fn.qualifiedName,
  signature: fn.signature,
  summary: fn.summary,
  doc: fn.doc,
  startLine: fn.startLine,
  endLine: fn.endLine,
  code: fn.code,
  source: fn.source,
});

/** What no function of a file covers, as entries. */
const pieceEntries = (repository: string, { path, language, pieces }: FilePieces): SearchEntry[] => {
  const seen = new Map<string, number>();
  return pieces.map(({ name, role, startLine, endLine, text, doc }) => {
    const ordinal = seen.get(name) ?? 0;
    seen.set(name, ordinal + 1);
    return {
      id: idOf(repository, path, role, name, ordinal),
      repository,
      path,
      language,
      role,
      name: name.slice(name.lastIndexOf('.') + 1),
      qualifiedName: name,
      signature: firstLine(text),
      summary: doc?.split(/\n\s*\n/, 1)[0]?.replace(/\s+/g, ' ') ?? null,
      doc,
      startLine,
      endLine,
      code: text,
      source: text,
    };
  });
};

/** The entries of a file: its functions, then what stands around them. */
export const fileEntries = (
  repository: string,
  functions: readonly CodeFunction[],
  file: FilePieces,
): SearchEntry[] => [...functions.map(functionEntry), ...pieceEntries(repository, file)];

/** The entries of a repository, file by file. */
export const entriesOf = (
  repository: string,
  functions: readonly CodeFunction[],
  files: readonly FilePieces[],
): SearchEntry[] => {
  const functionsOf = byPath(functions);
  return files.flatMap((file) => fileEntries(repository, functionsOf.get(file.path) ?? [], file));
};
