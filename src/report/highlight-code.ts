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

// One alternative a kind of token; every alternative is bounded by its first character, so matching is linear.
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

/**
 * Code with spans around comments, strings, numbers, keywords and called names, everything escaped.
 *
 * An approximation by tokens, not a parser: it colours, and never changes what is read.
 */
export const highlightCode = (code: string, language?: string): Markup => {
  const parts: Markup[] = [];
  let end = 0;
  for (const match of code.matchAll(patternOf(language))) {
    const [token, comment, string] = match;
    if (match.index > end) parts.push(html`${code.slice(end, match.index)}`);
    end = match.index + token.length;
    const kind = comment ? 'comment' : string ? 'string' : wordKind(token, code, end);
    parts.push(kind ? html`<span class="${kind}">${token}</span>` : html`${token}`);
  }
  parts.push(html`${code.slice(end)}`);
  return html`${parts}`;
};

const wordKind = (word: string, code: string, end: number): string | null => {
  if (/^\d/.test(word)) return 'number';
  if (keywords.has(word)) return 'keyword';
  return code[end] === '(' ? 'called' : null;
};
