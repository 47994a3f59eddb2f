import type { LanguageId } from '../../../syntax/index.js';

/** A parameter with its type as the source writes it. */
export interface TypedParameter {
  readonly name: string;
  /** Null where the source gives none. */
  readonly type: string | null;
  /** Whether a call may leave it out: it has a default, or is marked so. */
  readonly isOptional: boolean;
}

/** The types in a function's declaration. */
export interface TypedSignature {
  readonly parameters: readonly TypedParameter[];
  /** Null where the source gives none. */
  readonly returnType: string | null;
}

const OPEN = '([{<';
const CLOSE = ')]}>';

/** Where the bracket that opens at `from` closes, or the end; `->` and `=>` close nothing. */
const closeOf = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '>' && /[-=]/.test(text[at - 1] ?? '')) continue;
    if (OPEN.includes(sign)) depth++;
    else if (CLOSE.includes(sign) && --depth === 0) return at;
  }
  return text.length;
};

/** Cuts at a sign outside of brackets and strings. */
const cut = (text: string, sign: string): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const here = text[at]!;
    if (quote !== '') {
      if (here === '\\') at++;
      else if (here === quote) quote = '';
    } else if (here === '"' || here === '`' || (here === "'" && text.indexOf("'", at + 1) > 0)) quote = here;
    else if (here === '>' && /[-=]/.test(text[at - 1] ?? '')) continue;
    else if (OPEN.includes(here)) depth++;
    else if (CLOSE.includes(here)) depth--;
    else if (here === sign && depth <= 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)].map((part) => part.trim()).filter((part) => part !== '');
};

/** Languages that write `name: Type`; the others put the type first. */
const NAME_FIRST = new Set<string>([
  'python',
  'javascript',
  'typescript',
  'tsx',
  'kotlin',
  'swift',
  'scala',
  'rust',
  'ruby',
]);

const MODIFIER =
  /^(?:(?:public|private|protected|internal|readonly|override|static|final|const|mut|ref|out|in|params|this|var|val|vararg|noinline|crossinline|inout|implicit|using|__\w+|register|volatile)\s+)+/;

const withoutAttributes = (text: string): string =>
  text.replace(/^(?:@[\w.]+(?:\([^()]*\))?\s*|#?\[[^\]]*\]\s*)+/, '');

const nameFirst = (text: string): TypedParameter | null => {
  const plain = withoutAttributes(text).replace(MODIFIER, '');
  const [before, ...after] = cut(plain, ':');
  if (before === undefined) return null;
  const typed = after.join(': ');
  const source = after.length > 0 ? typed : before;
  // The default stands behind the first `=` that is no arrow or comparison.
  const equals = source.search(/(?<![=!<>])=(?![=>])/);
  const kept = equals < 0 ? source : source.slice(0, equals);
  const label = after.length > 0 ? before : kept;
  const name = (label.trim().split(/\s+/).at(-1) ?? '').replace(/\?$/, '');
  if (!/^(?:\.{3}|\*{1,2}|&)?[\p{L}_$#`][\p{L}\p{N}_$`]*$/u.test(name)) return null;
  const type = after.length > 0 ? kept.trim() : '';
  return {
    name: name.replace(/^[.*&]+/, ''),
    type: type === '' ? null : type,
    isOptional: equals >= 0 || /\?\s*$/.test(label),
  };
};

const typeFirst = (text: string): TypedParameter | null => {
  const equals = text.search(/(?<![=!<>])=(?![=>])/);
  const plain = withoutAttributes(equals < 0 ? text : text.slice(0, equals))
    .replace(MODIFIER, (all) => (/\bconst\b/.test(all) ? 'const ' : ''))
    .trim();
  // int (*f)(int), int a[3], T... xs, $x
  const [, type, name, tail = ''] =
    /^([\s\S]*?[\s*&.)\]>?]|)(\$?[\p{L}_][\p{L}\p{N}_]*)\s*((?:\[[^\]]*\]\s*|\)\s*\([\s\S]*\))*)$/u.exec(
      plain,
    ) ?? [];
  if (name === undefined) return null;
  const whole = `${type!.trim()}${tail.startsWith(')') ? tail : tail.replace(/\s+/g, '')}`.replace(
    /\.{3}$/,
    '...',
  );
  return { name: name.replace(/^\$/, ''), type: whole === '' ? null : whole, isOptional: equals >= 0 };
};

/** Go: names share the type behind them. */
const goParameters = (list: string): TypedParameter[] => {
  const found: TypedParameter[] = [];
  let waiting: string[] = [];
  for (const part of cut(list, ',')) {
    const [, name, type] = /^(\w+)\s+([\s\S]+)$/.exec(part) ?? [];
    if (name === undefined) waiting.push(part);
    else {
      for (const other of [...waiting, name])
        found.push({ name: other, type: type!.trim(), isOptional: false });
      waiting = [];
    }
  }
  return found;
};

const returnTypeOf = (after: string, before: string, language: LanguageId, name: string): string | null => {
  const rest = after.trim();
  if (language === 'go') return rest === '' ? null : rest;
  if (NAME_FIRST.has(language) || language === 'php') {
    const found = /^(?:(?:async|throws|rethrows|suspend)\s+)*(?:->|:)\s*([\s\S]+)$/.exec(rest)?.[1];
    return found === undefined ? null : found.replace(/\s*(\bwhere\b[\s\S]*|=>|=|\{)\s*$/, '').trim() || null;
  }
  const trailing = /->\s*([\s\S]+)$/.exec(rest)?.[1];
  if (trailing !== undefined) return trailing.trim();
  const head = before
    .slice(0, before.lastIndexOf(name))
    .replace(/(?:@\w[\w.]*(?:\([^()]*\))?|\[\w[^\]]*\])\s*/g, '')
    .replace(/^(?:template\s*<[\s\S]*?>\s*(?=\w))/, '')
    .replace(
      /\b(?:public|private|protected|internal|static|final|abstract|synchronized|native|default|virtual|override|sealed|async|extern|inline|explicit|friend|constexpr|unsafe|partial|new|readonly|strictfp)\b\s*/g,
      '',
    )
    .replace(/^<[^<>]*(?:<[^<>]*>[^<>]*)*>\s*/, '')
    .replace(/(?:[\w<>]+(?:::|\.))+\s*~?$/, '')
    .trim();
  return head === '' || /[(){}=]/.test(head) ? null : head;
};

/**
 * The types of a function's parameters and of what it returns, from its declaration.
 *
 * They are read from the text of `signature`, for all languages: a declaration that an unusual layout hides has
 * null for types. Untyped parameters keep their names.
 *
 * @param found A function of a corpus, or its name, signature and language.
 *
 * Time O(length of the signature).
 *
 * @example
 * ```ts
 * import { typedSignature } from 'oasis-embed/corpus';
 * const { parameters, returnType } = typedSignature({
 *   name: 'add', language: 'typescript', signature: 'function add(a: number, b = 1): Promise<number>',
 * });
 * [parameters[0]!.type, parameters[1]!.isOptional, returnType]; // ['number', true, 'Promise<number>']
 * ```
 */
export const typedSignature = ({
  name,
  signature,
  language,
}: {
  readonly name: string;
  readonly signature: string;
  readonly language: LanguageId;
}): TypedSignature => {
  const own = Math.max(0, signature.lastIndexOf(name, signature.indexOf('(', signature.indexOf(name))));
  let open = signature.indexOf('(', own + name.length);
  // Go writes its receiver before the name, others type parameters behind it.
  if (open < 0) open = signature.indexOf('(');
  if (open < 0)
    return {
      parameters: [],
      returnType: returnTypeOf(signature.slice(own + name.length), '', language, name),
    };
  const close = closeOf(signature, open);
  const list = signature.slice(open + 1, close);
  const parse = NAME_FIRST.has(language) ? nameFirst : typeFirst;
  const parameters =
    language === 'go'
      ? goParameters(list)
      : cut(list, ',').flatMap((part) => {
          if (/^(?:self|cls|&?(?:'\w+ )?(?:mut )?self|void|\*|\/)$/.test(part)) return [];
          return parse(part) ?? [];
        });
  const returnType = returnTypeOf(signature.slice(close + 1), signature.slice(0, open), language, name);
  return { parameters, returnType };
};
