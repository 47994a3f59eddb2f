/** How a doc is laid out. */
export type DocStyle =
  | 'google'
  | 'numpy'
  | 'rest'
  | 'tags'
  | 'xml'
  | 'tomdoc'
  | 'markdown'
  | 'gtk-doc'
  | 'plain';

/** A parameter as its doc describes it. */
export interface DocParameter {
  readonly name: string;
  /** As written, or null where the doc gives none. */
  readonly type: string | null;
  /** On one line. */
  readonly description: string;
  /** Whether the doc says that it may be left out. */
  readonly isOptional: boolean;
}

/** What a function gives back, by its doc. */
export interface DocReturn {
  readonly type: string | null;
  readonly description: string;
}

/** An error that a function may raise, by its doc. */
export interface DocRaise {
  readonly type: string | null;
  readonly description: string;
}

/** The formal part of a doc, without its prose. */
export interface DocParts {
  readonly parameters: readonly DocParameter[];
  readonly returns: DocReturn | null;
  readonly raises: readonly DocRaise[];
}

/** A doc taken apart: see {@link parseDoc}. */
export interface StructuredDoc extends DocParts {
  readonly style: DocStyle;
  /** As `summarizeDoc` has it. */
  readonly summary: string | null;
}

/** Text on one line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** `int, optional` and `int?` say that a parameter may be left out; the type is what remains. */
export const typeAndOption = (text: string): { type: string | null; isOptional: boolean } => {
  const plain = text.trim();
  const type = plain
    .replace(/,?\s*\boptional\b(?!\[)\s*/, '')
    .replace(/\?$/, '')
    .trim();
  return {
    type: type === '' ? null : type,
    isOptional:
      /(^|,\s*)optional\b(?!\[)/.test(plain) || plain.endsWith('?') || /\bdefault(s to)?\b[ =:]/i.test(plain),
  };
};

export const indentOf = (line: string): number => /^\s*/.exec(line)![0].length;
