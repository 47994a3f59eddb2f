import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AnalysisCache, analyzeRepository, type CodeFunction } from 'oasis-embed/corpus';
import { type EntryRole, pathRole, type RetrievalEntry } from 'oasis-embed/retrieval';
import { type LanguageId, languageOf } from 'oasis-embed/syntax';
import { outlinePieces } from './outline.js';

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

/** What a file was when it was read. */
export interface ReadFileState {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

export interface RepositoryEntries {
  readonly entries: readonly SearchEntry[];
  readonly files: readonly ReadFileState[];
  /** What was left out, by reason, and the first few paths of each. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface RepositoryEntriesOptions {
  readonly repository: string;
  readonly includeTests: boolean;
  /** Patterns as in .gitignore. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  readonly languages?: readonly LanguageId[];
  readonly maxFileBytes: number;
  /** Threads that parse. @defaultValue 0 */
  readonly workers?: number;
  readonly cache?: AnalysisCache;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Files of text that nobody searches for code: data, locks, pictures as text. */
const NOT_CODE =
  /\.(json|jsonl|ndjson|lock|map|svg|csv|tsv|txt|xml|xlf|html?|css|s[ac]ss|less|ya?ml|toml|ini|cfg|conf|properties|env|log|md|mdx|rst|adoc|tex|po|pot|snap|patch|diff|pem|crt|key|ipynb)$/i;
/** Extensions of source code in languages that have no grammar here. */
const CODE =
  /\.(rs|kt|kts|swift|scala|sbt|cc|cpp|cxx|hpp|hh|hxx|ipp|mm|m|dart|lua|ex|exs|erl|hrl|hs|ml|mli|fs|fsx|clj|cljs|cljc|r|jl|pl|pm|sh|bash|zsh|fish|ps1|sql|zig|nim|v|vhd|vhdl|sv|groovy|gradle|vue|svelte|astro|proto|graphql|gql|thrift|el|lisp|scm|cmake|d|pas|f90|f95|vb|asm|s|sol|tcl|coffee|hx|cr|elm|purs|re|res|tf|hcl)$/i;

const languageByExtension = (path: string): string => path.slice(path.lastIndexOf('.') + 1).toLowerCase();

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);

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

const firstLine = (text: string): string => {
  const line = text.split('\n').find((candidate) => /\p{L}/u.test(candidate)) ?? '';
  return line.trim().slice(0, 200);
};

const READ_AHEAD = 32;

/**
 * Everything in a repository that a search may find: every function, and what stands outside of functions as types,
 * constants and parts of files. What training leaves out is in: short functions, undocumented ones, constructors.
 */
export const repositoryEntries = async (
  root: string,
  {
    repository,
    includeTests,
    exclude = [],
    include,
    languages,
    maxFileBytes,
    workers = 0,
    cache,
    onProgress,
  }: RepositoryEntriesOptions,
): Promise<RepositoryEntries> => {
  const analysis = await analyzeRepository(root, {
    repository,
    workers,
    maxFileBytes,
    exclude,
    ...(include === undefined ? {} : { include }),
    ...(languages === undefined ? {} : { languages }),
    ...(onProgress === undefined ? {} : { onProgress: ({ done, total }) => onProgress(done, total) }),
    ...(cache === undefined ? {} : { cache }),
  });
  const leftOut: Record<string, number> = { ...analysis.leftOutByReason };
  const count = (reason: string) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  const functionsOf = new Map<string, CodeFunction[]>();
  for (const fn of analysis.functions) {
    const known = functionsOf.get(fn.path);
    if (known === undefined) functionsOf.set(fn.path, [fn]);
    else known.push(fn);
  }
  const wanted: string[] = [];
  const isTest = (path: string) => !includeTests && pathRole(path) === 'test';
  for (const path of analysis.paths) {
    if (isTest(path)) count('test');
    else wanted.push(path);
  }
  for (const path of languages === undefined ? analysis.otherFiles : []) {
    if (NOT_CODE.test(path) || !CODE.test(path)) {
      if (!NOT_CODE.test(path)) count('no source code');
    } else if (isTest(path)) count('test');
    else wanted.push(path);
  }
  wanted.sort();

  const entries: SearchEntry[] = [];
  const files: ReadFileState[] = [];
  const read = async (path: string) => {
    const file = join(root, path);
    const stats = await stat(file).catch(() => null);
    if (stats === null || !stats.isFile()) return 'unreadable' as const;
    if (stats.size > maxFileBytes) return 'too-large' as const;
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) return 'unreadable' as const;
    if (bytes.subarray(0, 8192).includes(0)) return 'binary' as const;
    return { text: bytes.toString('utf8'), state: { path, bytes: stats.size, modified: stats.mtimeMs } };
  };
  for (let from = 0; from < wanted.length; from += READ_AHEAD) {
    const batch = wanted.slice(from, from + READ_AHEAD);
    const contents = await Promise.all(batch.map(read));
    contents.forEach((content, i) => {
      const path = batch[i]!;
      if (typeof content === 'string') {
        count(content);
        return;
      }
      files.push(content.state);
      const functions = functionsOf.get(path) ?? [];
      for (const fn of functions) entries.push(functionEntry(fn));
      const grammar = languageOf(path);
      const fileName = basename(path).replace(/(?<=.)\.[^.]*$/, '');
      const seen = new Map<string, number>();
      for (const piece of outlinePieces(content.text, fileName, functions, grammar === null)) {
        const ordinal = seen.get(piece.name) ?? 0;
        seen.set(piece.name, ordinal + 1);
        entries.push({
          id: idOf(repository, path, piece.role, piece.name, ordinal),
          repository,
          path,
          language: grammar ?? languageByExtension(path),
          role: piece.role,
          name: piece.name.slice(piece.name.lastIndexOf('.') + 1),
          qualifiedName: piece.name,
          signature: firstLine(piece.text),
          summary: piece.doc?.split(/\n\s*\n/, 1)[0]?.replace(/\s+/g, ' ') ?? null,
          doc: piece.doc,
          startLine: piece.startLine,
          endLine: piece.endLine,
          code: piece.text,
          source: piece.text,
        });
      }
    });
  }
  return { entries, files, leftOut };
};
