import type { CodeFunction } from 'oasis-embed/corpus';
import type { EntryRole } from 'oasis-embed/retrieval';

/** A part of a file that belongs to no function: a type, a value, or what stands around them. */
export interface OutlinePiece {
  readonly name: string;
  readonly role: EntryRole;
  /** Lines count from 1, end inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** Its lines without the bodies of functions among them. */
  readonly text: string;
  readonly doc: string | null;
}

/** What a grammar found in a file: the lines of its functions, and those of types and documented constants. */
export interface KnownUnits {
  readonly functions: readonly Pick<CodeFunction, 'startLine' | 'endLine'>[];
  readonly definitions: readonly Pick<
    CodeFunction,
    'kind' | 'qualifiedName' | 'startLine' | 'endLine' | 'doc'
  >[];
}

const MODIFIERS =
  '(?:(?:export|default|declare|abstract|final|public|private|protected|internal|static|sealed|partial|readonly|open|data|unsafe|async|inline|extern|pub(?:\\([^)]*\\))?)\\s+)*';
const TYPE = new RegExp(
  `^\\s*${MODIFIERS}(?:class|interface|struct|trait|enum(?:\\s+class)?|record|module|namespace|protocol|object|type|union|typedef\\s+(?:struct|enum|union)|impl(?:<[^>]*>)?|mod|defmodule)\\s+([\\p{L}_$][\\p{L}\\p{N}_$.:]*)`,
  'u',
);
const CALLABLE = new RegExp(
  `^\\s*${MODIFIERS}(?:def|fn|func|fun|function|sub|defn|defp|proc|let\\s+rec)\\s+(?:\\([^)]*\\)\\s*)?([\\p{L}_$][\\p{L}\\p{N}_$.:?!]*)`,
  'u',
);
const VALUE = new RegExp(
  `^(?:${MODIFIERS}(?:const|let|var|val)\\s+([\\p{L}_$][\\p{L}\\p{N}_$]*)|#\\s*define\\s+(\\w+)|([A-Z][A-Z0-9_]{2,})\\s*(?::[^=]*)?=)`,
  'u',
);
const COMMENT = /^\s*(?:\/\/|\/\*|\*|#(?!\s*(?:define|include|if|endif|else|pragma))|--|;;|"""|@|\[)/;
const CLOSING = /^\s*(?:[)\]}>]|end\b)/;

/** Longer pieces are cut: an answer is read, and a model reads the beginning of a text. */
const PIECE_LINES = 60;
/** Shorter ones between two functions join the first piece of their file. */
const LEAST_LINES = 3;

interface OpenPiece {
  name: string;
  role: EntryRole;
  indent: number;
  start: number;
  end: number;
  lines: string[];
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** A comment block without its marks. */
const plainComment = (lines: readonly string[]): string | null => {
  const text = lines
    .filter((line) => !/^\s*[@[]/.test(line))
    .map((line) =>
      line.replace(/^\s*(?:\/\*+|\*+\/|\*|\/\/+!?|#+!?|--+|;;+|""")\s?|\s*\*+\/\s*$|"""\s*$/g, '').trim(),
    )
    .join('\n')
    .trim();
  return /\p{L}/u.test(text) ? text : null;
};

/** `Rack::Response` and `Timeout:` as names. */
const plainName = (text: string): string => text.replace(/::/g, '.').replace(/^[.:]+|[.:]+$/g, '');

const definitionOf = (
  line: string,
  findsAll: boolean,
): { readonly name: string; readonly role: EntryRole } | null => {
  if (findsAll) {
    const type = TYPE.exec(line);
    if (type !== null) return { name: plainName(type[1]!), role: 'type' };
    const callable = CALLABLE.exec(line);
    if (callable !== null) return { name: plainName(callable[1]!), role: 'function' };
  }
  const value = VALUE.exec(line);
  return value === null ? null : { name: (value[1] ?? value[2] ?? value[3])!, role: 'value' };
};

/** To whom each line belongs: to a function, to the innermost definition around it, or to nobody. */
const FUNCTION = -2;
const NOBODY = -1;

/**
 * Cuts what no function covers into pieces: each type with the heads of its members, each constant at the top level, and the
 * rest by place. Types are those that a grammar found; without one all definitions are found by the keywords of their lines,
 * so that a file in any language has pieces.
 *
 * @param units What a grammar found; null for a file in a language that has none.
 */
export const outlinePieces = (text: string, fileName: string, units: KnownUnits | null): OutlinePiece[] => {
  const lines = text.split(/\r?\n/);
  const ownerOf = new Int32Array(lines.length + 1).fill(NOBODY);
  const { functions, definitions } = units ?? { functions: [], definitions: [] };
  definitions.forEach(({ startLine, endLine }, number) => {
    ownerOf.fill(number, startLine, endLine + 1);
  });
  // The first line of a function is the head of a member, unless nothing encloses it.
  const heads = functions.map(({ startLine }) => ownerOf[startLine] ?? NOBODY);
  for (const { startLine, endLine } of functions) ownerOf.fill(FUNCTION, startLine, endLine + 1);
  functions.forEach(({ startLine }, i) => {
    if (heads[i]! >= 0) ownerOf[startLine] = heads[i]!;
  });
  const defined = definitionPieces(lines, ownerOf, definitions);
  const others = otherPieces(lines, ownerOf, fileName, units === null);
  return [...defined, ...others].sort((a, b) => a.startLine - b.startLine);
};

/** The lines of each definition that belong to it alone. */
const definitionPieces = (
  lines: readonly string[],
  ownerOf: Int32Array,
  definitions: KnownUnits['definitions'],
): OutlinePiece[] => {
  const owned: number[][] = definitions.map(() => []);
  for (let number = 1; number <= lines.length; number++) owned[ownerOf[number]!]?.push(number);
  return definitions.flatMap(({ kind, qualifiedName, endLine, doc }, i) => {
    const pieces: OutlinePiece[] = [];
    for (let from = 0; from < owned[i]!.length; from += PIECE_LINES) {
      const part = owned[i]!.slice(from, from + PIECE_LINES);
      const isLast = from + PIECE_LINES >= owned[i]!.length;
      pieces.push({
        name: qualifiedName,
        role: kind === 'constant' ? 'value' : 'type',
        startLine: part[0]!,
        endLine: isLast ? Math.min(endLine, lines.length) : part.at(-1)!,
        text: part
          .map((number) => lines[number - 1]!)
          .join('\n')
          .trimEnd(),
        doc: from === 0 ? doc : null,
      });
    }
    return pieces;
  });
};

/** The lines that belong to nobody, cut at definitions that their keywords tell. */
const otherPieces = (
  lines: readonly string[],
  ownerOf: Int32Array,
  fileName: string,
  findsAll: boolean,
): OutlinePiece[] => {
  const pieces: OpenPiece[] = [];
  let open: OpenPiece | null = null;
  const begin = (name: string, role: EntryRole, indent: number, start: number): OpenPiece => {
    const piece: OpenPiece = { name, role, indent, start, end: start, lines: [] };
    pieces.push(piece);
    return piece;
  };
  /** Comment lines that wait for what they stand above. */
  let waiting: string[] = [];
  const flush = (line: number) => {
    if (waiting.length === 0) return;
    open ??= begin(fileName, 'text', 0, line - waiting.length);
    open.lines.push(...waiting);
    open.end = line - 1;
    waiting = [];
  };
  for (let number = 1; number <= lines.length; number++) {
    const line = lines[number - 1]!;
    if (ownerOf[number] !== NOBODY) {
      waiting = [];
      open = null;
      continue;
    }
    if (line.trim() === '') {
      flush(number);
      if (open !== null && open.role === 'value') open = null;
      else open?.lines.push('');
      continue;
    }
    const indent = indentOf(line);
    const definition = definitionOf(line, findsAll);
    if (definition !== null && (definition.role !== 'value' || indent === 0)) {
      open = begin(definition.name, definition.role, indent, number - waiting.length);
      open.lines.push(...waiting, line);
      open.end = number;
      waiting = [];
      continue;
    }
    if (COMMENT.test(line)) {
      waiting.push(line);
      continue;
    }
    flush(number);
    const isOver: boolean =
      open !== null &&
      open.role !== 'text' &&
      indent <= open.indent &&
      number > open.end &&
      open.lines.length > 1 &&
      !CLOSING.test(line);
    if (open === null || isOver) open = begin(fileName, 'text', 0, number);
    open.lines.push(line);
    open.end = number;
    if (open.lines.length >= PIECE_LINES) {
      const { name, role, indent: depth } = open;
      open = begin(name, role, depth, number + 1);
    }
  }
  flush(lines.length + 1);
  return joinSmall(pieces);
};

const joinSmall = (pieces: readonly OpenPiece[]): OutlinePiece[] => {
  const told = pieces.filter(({ lines }) => lines.some((line) => /[\p{L}\p{N}]/u.test(line)));
  const first = told.find(({ role }) => role === 'text');
  const kept: OpenPiece[] = [];
  for (const piece of told) {
    const filled = piece.lines.filter((line) => line.trim() !== '').length;
    if (piece.role !== 'text' || piece === first || filled >= LEAST_LINES) kept.push(piece);
    else first!.lines.push(...piece.lines);
  }
  return kept.map(({ name, role, start, end, lines }) => {
    const head = lines.findIndex((line) => !COMMENT.test(line));
    return {
      name,
      role,
      startLine: start,
      endLine: Math.max(start, end),
      text: lines.join('\n').trimEnd(),
      doc: plainComment(lines.slice(0, head < 0 ? lines.length : head)),
    };
  });
};
