import type { Random } from '../numerics/index.js';
import type { SyntaxCursor, SyntaxParser } from '../syntax/index.js';
import { localNames, renamingForm } from './renaming-form.js';

/** A change of a part of a code. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const withEdits = (code: string, edits: readonly Edit[]): string => {
  let changed = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) {
    changed += code.slice(at, start) + text;
    at = end;
  }
  return changed + code.slice(at);
};

/** The form of a lone function up to any renaming; null where it does not parse as one. */
const formOf = (parser: SyntaxParser, code: string): string | null =>
  parser.withSnippet(code, (cursor, { hasError, isFunction }) =>
    hasError || !isFunction ? null : renamingForm(cursor, 'all').text,
  );

/** The names that a code declares and that can be renamed, without repeats. */
export const declaredNames = (parser: SyntaxParser, code: string): string[] =>
  parser.withSnippet(code, (cursor, { hasError }) =>
    hasError ? [] : [...new Set(localNames(cursor).map(({ name }) => name))],
  );

const ownSigil = (name: string): string => name.replace(/^\$/, '');

/**
 * The same function with its parameters, its variables and its own name renamed, each one differently.
 *
 * @param names What they are renamed to, in turn; those that the code holds already are passed over.
 * @returns Null where there is nothing to rename, not enough names, or the result would not be a clone.
 */
export const renameLocals = (parser: SyntaxParser, code: string, names: readonly string[]): string | null => {
  const found = parser.withSnippet(code, (cursor, { hasError, isFunction, offset }) =>
    hasError || !isFunction
      ? []
      : localNames(cursor).map(({ name, start, end }) => ({
          name,
          start: start - offset,
          end: end - offset,
        })),
  );
  const free = [...new Set(names.map(ownSigil))].filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
  const own = [...new Set(found.map(({ name }) => name))];
  if (own.length === 0 || free.length < own.length) return null;
  const newName = new Map(own.map((name, i) => [name, free[i]!]));
  const renamed = withEdits(
    code,
    found.map(({ name, start, end }) => ({ start, end, text: newName.get(name)! })),
  );
  const form = formOf(parser, code);
  return form !== null && formOf(parser, renamed) === form ? renamed : null;
};

/** An operator, and one that makes something else of the same operands. */
const OPPOSITES: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '+',
  '/': '*',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  and: 'or',
  or: 'and',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
};

/** Every operator below the cursor that has an opposite. */
const operatorsOf = (cursor: SyntaxCursor): Edit[] => {
  const edits: Edit[] = [];
  for (let depth = 0; ; ) {
    const opposite =
      cursor.nodeIsNamed || !Object.hasOwn(OPPOSITES, cursor.nodeType)
        ? undefined
        : OPPOSITES[cursor.nodeType];
    if (opposite !== undefined)
      edits.push({ start: cursor.startIndex, end: cursor.endIndex, text: opposite });
    if (cursor.gotoFirstChild()) {
      depth++;
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (depth === 0) return edits;
      cursor.gotoParent();
      depth--;
    }
  }
};

/**
 * The same function with one of its operators turned into its opposite: it does something else and looks the same.
 *
 * @returns Null where it has no such operator, or the result does not parse.
 */
export const turnOperator = (parser: SyntaxParser, code: string, random: Random): string | null => {
  const operators = parser.withSnippet(code, (cursor, { hasError, isFunction, offset }) =>
    hasError || !isFunction
      ? []
      : operatorsOf(cursor).map((edit) => ({ ...edit, start: edit.start - offset, end: edit.end - offset })),
  );
  if (operators.length === 0) return null;
  const turned = withEdits(code, [operators[random.below(operators.length)]!]);
  return formOf(parser, turned) === null ? null : turned;
};
