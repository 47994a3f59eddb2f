import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathRole } from 'oasis-embed/retrieval';
import { type LanguageId, languageOf } from 'oasis-embed/syntax';
import type { AnalyzedFile } from './analyzed-files.js';
import { type KnownUnits, type OutlinePiece, outlinePieces } from './outline.js';

/** What a file was when it was read. */
export interface ReadFileState {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/** A file that is searched, and what no function of it covers. */
export interface FilePieces extends ReadFileState {
  readonly language: string;
  readonly pieces: readonly OutlinePiece[];
}

export interface FilePiecesOptions {
  readonly includeTests: boolean;
  readonly maxFileBytes: number;
  /** Whether files without a grammar are searched as well. */
  readonly everyLanguage: boolean;
}

/** Files of text that nobody searches for code: data, locks, pictures as text. */
const NOT_CODE =
  /\.(json|jsonl|ndjson|lock|map|svg|csv|tsv|txt|xml|xlf|html?|css|s[ac]ss|less|ya?ml|toml|ini|cfg|conf|properties|env|log|md|mdx|rst|adoc|tex|po|pot|snap|patch|diff|pem|crt|key|ipynb)$/i;
/** Extensions of source code in languages that have no grammar here. */
const CODE =
  /\.(rs|kt|kts|swift|scala|sbt|cc|cpp|cxx|hpp|hh|hxx|ipp|mm|m|dart|lua|ex|exs|erl|hrl|hs|ml|mli|fs|fsx|clj|cljs|cljc|r|jl|pl|pm|sh|bash|zsh|fish|ps1|sql|zig|nim|v|vhd|vhdl|sv|groovy|gradle|vue|svelte|astro|proto|graphql|gql|thrift|el|lisp|scm|cmake|d|pas|f90|f95|vb|asm|s|sol|tcl|coffee|hx|cr|elm|purs|re|res|tf|hcl)$/i;

const languageByExtension = (path: string): string => path.slice(path.lastIndexOf('.') + 1).toLowerCase();

type Content = { readonly text: string; readonly state: ReadFileState };

const readContent = async (
  root: string,
  path: string,
  maxFileBytes: number,
): Promise<Content | 'unreadable' | 'too-large' | 'binary'> => {
  const file = join(root, path);
  const stats = await stat(file).catch(() => null);
  if (stats === null || !stats.isFile()) return 'unreadable';
  if (stats.size > maxFileBytes) return 'too-large';
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) return 'unreadable';
  if (bytes.subarray(0, 8192).includes(0)) return 'binary';
  return { text: bytes.toString('utf8'), state: { path, bytes: stats.size, modified: stats.mtimeMs } };
};

/**
 * What a search may find in the files of a repository beside functions: types, constants and parts of files. What is left
 * out is counted by its reason.
 */
export class PieceReader {
  readonly leftOut: Record<string, number> = {};

  constructor(
    readonly root: string,
    readonly options: FilePiecesOptions,
  ) {}

  /** Those of a file that a grammar read; null where it is left out. */
  of({ path, functions, definitions }: AnalyzedFile): Promise<FilePieces | null> {
    return this.#read(path, languageOf(path), { functions, definitions });
  }

  /** Those of the files that no grammar read, as far as they are code. */
  async *others(paths: readonly string[]): AsyncGenerator<FilePieces> {
    if (!this.options.everyLanguage) return;
    for (const path of paths) {
      if (NOT_CODE.test(path)) continue;
      if (!CODE.test(path)) this.count('no source code');
      else {
        const file = await this.#read(path, null, null);
        if (file !== null) yield file;
      }
    }
  }

  count(reason: string, files = 1): void {
    this.leftOut[reason] = (this.leftOut[reason] ?? 0) + files;
  }

  async #read(
    path: string,
    language: LanguageId | null,
    units: KnownUnits | null,
  ): Promise<FilePieces | null> {
    if (!this.options.includeTests && pathRole(path) === 'test') {
      this.count('test');
      return null;
    }
    const content = await readContent(this.root, path, this.options.maxFileBytes);
    if (typeof content === 'string') {
      this.count(content);
      return null;
    }
    const fileName = basename(path).replace(/(?<=.)\.[^.]*$/, '');
    return {
      ...content.state,
      language: language ?? languageByExtension(path),
      pieces: outlinePieces(content.text, fileName, units),
    };
  }
}
