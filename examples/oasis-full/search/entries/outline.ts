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

/** Lines that a function covers, and which of them are its first. */
export interface CoveredLines {
  readonly startLine: number;
  readonly endLine: number;
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
  findsCallables: boolean,
): { readonly name: string; readonly role: EntryRole } | null => {
  const type = TYPE.exec(line);
  if (type !== null) return { name: plainName(type[1]!), role: 'type' };
  if (findsCallables) {
    const callable = CALLABLE.exec(line);
    if (callable !== null) return { name: plainName(callable[1]!), role: 'function' };
  }
  const value = VALUE.exec(line);
  return value === null ? null : { name: (value[1] ?? value[2] ?? value[3])!, role: 'value' };
};

/**
 * Cuts what no function covers into pieces: each type with the heads of its members, each constant at the top level, and the
 * rest by place. Lines alone are read, so a file in any language has pieces; where no grammar finds functions they are found
 * by their keywords.
 *
 * @param functions Line ranges of the functions that are entries of their own.
 * @param findsCallables Whether functions are pieces as well.
 */
export const outlinePieces = (
  text: string,
  fileName: string,
  functions: readonly CoveredLines[],
  findsCallables: boolean,
): OutlinePiece[] => {
  const lines = text.split(/\r?\n/);
  const covered = new Uint8Array(lines.length + 2);
  for (const { startLine, endLine } of functions) {
    covered.fill(2, startLine, Math.min(endLine, lines.length) + 1);
  }
  // The first line of a function is the head of a member.
  for (const { startLine } of functions) if (startLine <= lines.length) covered[startLine] = 1;

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
    if (covered[number] !== 0) {
      waiting = [];
      if (open?.role === 'type') {
        if (covered[number] === 1) open.lines.push(line);
        if (indentOf(line) > open.indent) open.end = number;
      } else open = null;
      continue;
    }
    if (line.trim() === '') {
      flush(number);
      if (open !== null && open.role === 'value') open = null;
      else open?.lines.push('');
      continue;
    }
    const indent = indentOf(line);
    const definition = definitionOf(line, findsCallables);
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
