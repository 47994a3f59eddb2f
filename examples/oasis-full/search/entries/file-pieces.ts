import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathRole } from 'oasis-embed/retrieval';
import { languageOf } from 'oasis-embed/syntax';
import type { AnalyzedRepository } from './analyzed-repository.js';
import { byPath } from './by-path.js';
import { type OutlinePiece, outlinePieces } from './outline.js';

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

const READ_AHEAD = 32;

/**
 * Every file of an analyzed repository that a search may find, with what stands outside of its functions as types, constants
 * and parts of files. What is left out is counted by its reason, beside what the analysis left out.
 */
export const filePieces = async (
  root: string,
  analysis: AnalyzedRepository,
  { includeTests, maxFileBytes, everyLanguage }: FilePiecesOptions,
): Promise<{ readonly files: readonly FilePieces[]; readonly leftOut: Readonly<Record<string, number>> }> => {
  const leftOut: Record<string, number> = { ...analysis.leftOutByReason };
  const count = (reason: string) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  const wanted: string[] = [];
  const isTest = (path: string) => !includeTests && pathRole(path) === 'test';
  for (const path of analysis.paths) {
    if (isTest(path)) count('test');
    else wanted.push(path);
  }
  for (const path of everyLanguage ? analysis.otherFiles : []) {
    if (NOT_CODE.test(path) || !CODE.test(path)) {
      if (!NOT_CODE.test(path)) count('no source code');
    } else if (isTest(path)) count('test');
    else wanted.push(path);
  }
  wanted.sort();

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
  const functionsOf = byPath(analysis.functions);
  const definitionsOf = byPath(analysis.definitions);
  const files: FilePieces[] = [];
  for (let from = 0; from < wanted.length; from += READ_AHEAD) {
    const contents = await Promise.all(wanted.slice(from, from + READ_AHEAD).map(read));
    for (const content of contents) {
      if (typeof content === 'string') {
        count(content);
        continue;
      }
      const { path } = content.state;
      const grammar = languageOf(path);
      const fileName = basename(path).replace(/(?<=.)\.[^.]*$/, '');
      files.push({
        ...content.state,
        language: grammar ?? languageByExtension(path),
        pieces: outlinePieces(
          content.text,
          fileName,
          grammar === null
            ? null
            : { functions: functionsOf.get(path) ?? [], definitions: definitionsOf.get(path) ?? [] },
        ),
      });
    }
  }
  return { files, leftOut };
};
