/** Programming languages that people write and no grammar here reads, by their extensions. */
const UNREAD: Readonly<Record<string, string>> = {
  Ada: '.adb .ads',
  Clojure: '.clj .cljs .cljc',
  CUDA: '.cu .cuh',
  D: '.d',
  Dart: '.dart',
  Elixir: '.ex .exs',
  Elm: '.elm',
  Erlang: '.erl .hrl',
  'F#': '.fs .fsi .fsx',
  Fortran: '.f .f90 .f95 .f03 .for',
  Groovy: '.groovy .gradle',
  Haskell: '.hs .lhs',
  Julia: '.jl',
  Lua: '.lua',
  Nim: '.nim',
  OCaml: '.ml .mli',
  'Objective-C': '.m .mm',
  Pascal: '.pas .pp',
  Perl: '.pl .pm',
  PowerShell: '.ps1 .psm1',
  R: '.r',
  Racket: '.rkt',
  Scheme: '.scm',
  Shell: '.sh .bash .zsh .ksh',
  Solidity: '.sol',
  SQL: '.sql',
  Svelte: '.svelte',
  SystemVerilog: '.sv .svh',
  Verilog: '.v',
  VHDL: '.vhd .vhdl',
  'Visual Basic': '.vb',
  Vue: '.vue',
  Zig: '.zig',
};

let byExtension: ReadonlyMap<string, string> | undefined;

/** The language of a file that is code and not read, by its name; null for any other. */
export const unreadLanguageOf = (name: string): string | null => {
  byExtension ??= new Map(
    Object.entries(UNREAD).flatMap(([language, extensions]) =>
      extensions.split(' ').map((extension) => [extension, language] as const),
    ),
  );
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? null : (byExtension.get(name.slice(dot).toLowerCase()) ?? null);
};

/** A language that a repository has files in and that was not read. */
export interface UnreadLanguage {
  /** Its usual name, or the id of one whose grammar is not installed. */
  readonly language: string;
  readonly files: number;
  /** The npm package that would read it, or null where none does. */
  readonly package: string | null;
}
