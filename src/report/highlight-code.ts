import { html, type Markup } from './markup.js';

const hashComments = new Set(['python', 'ruby', 'php']);

const keywords: ReadonlySet<string> = new Set(
  `abstract and as async await begin bool boolean break byte case catch char class const continue def default
  defer del delete do double elif else elsif end ensure enum except export extends extern False false final
  finally fn float for foreach from func function global go goto if implements import in instanceof int
  interface is lambda let long map module namespace new nil None not null of operator or out override package
  params pass private protected public raise range readonly ref require rescue return self short sizeof static
  string struct super switch this throw throws trait True true try type typedef typeof undefined union unless
  unsigned until use using var virtual void volatile when while with yield`.split(/\s+/),
);

// One alternative per kind of token; every alternative is bounded by its first character, so matching is linear.
const strings = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\[\s\S])*`?/.source;
const rest = /\b\d[\w.]*|[A-Za-z_$][\w$]*/.source;
const slashPattern = new RegExp(`(//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))|(${strings})|(${rest})`, 'g');
const hashPattern = new RegExp(
  `(#[^\\n]*|//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$)|"""[\\s\\S]*?(?:"""|$))|(${strings})|(${rest})`,
  'g',
);
const pythonPattern = new RegExp(`(#[^\\n]*)|("""[\\s\\S]*?(?:"""|$)|${strings})|(${rest})`, 'g');

const patternOf = (language: string | undefined): RegExp => {
  if (language === 'python') return pythonPattern;
  return hashComments.has(language ?? '') ? hashPattern : slashPattern;
};

/** A piece of code and its kind; plain text has none. */
export interface CodeToken {
  readonly text: string;
  readonly kind?: 'comment' | 'string' | 'number' | 'keyword' | 'called';
}

/**
 * Splits code into comments, strings, numbers, keywords, called names and the text between; joined, they are the code.
 *
 * An approximation by tokens, not a parser: good enough for colors, in any language that `syntax` knows.
 *
 * O(length) time.
 *
 * @example
 * ```ts
 * import { codeTokens } from 'oasis-embed/report';
 *
 * const kinds = codeTokens('return sum(1); // done', 'javascript').map(({ kind }) => kind ?? 'text');
 * console.log(kinds.join(' ')); // keyword text called text number text comment
 * ```
 */
export const codeTokens = (code: string, language?: string): readonly CodeToken[] => {
  const tokens: CodeToken[] = [];
  let end = 0;
  let plain = '';
  const flush = () => {
    if (plain !== '') tokens.push({ text: plain });
    plain = '';
  };
  for (const match of code.matchAll(patternOf(language))) {
    const [text, comment, string] = match;
    plain += code.slice(end, match.index);
    end = match.index + text.length;
    const kind = comment ? 'comment' : string ? 'string' : wordKind(text, code, end);
    if (kind === null) plain += text;
    else {
      flush();
      tokens.push({ text, kind });
    }
  }
  plain += code.slice(end);
  flush();
  return tokens;
};

/** Code with spans around its tokens, everything escaped. */
export const highlightCode = (code: string, language?: string): Markup =>
  html`${codeTokens(code, language).map(({ text, kind }) => (kind ? html`<span class="${kind}">${text}</span>` : text))}`;

const wordKind = (word: string, code: string, end: number): NonNullable<CodeToken['kind']> | null => {
  if (/^\d/.test(word)) return 'number';
  if (keywords.has(word)) return 'keyword';
  return code[end] === '(' ? 'called' : null;
};
