/** What a string literal may begin with. */
const STRING_PREFIX = /^(?:[rR]?[bB]|[bB][rR]|[uU]|[rR]?[fF]|[fF][rR]|[rR])$/;

const isNameCharacter = (character: string): boolean => /[\w\u0080-\u{10ffff}]/u.test(character);

/** Where a literal ends that begins with the quote at `at`; −1 where it does not end. */
const stringEnd = (source: string, at: number): number => {
  const quote = source[at]!;
  const triple = source.startsWith(quote.repeat(3), at);
  const closing = triple ? quote.repeat(3) : quote;
  for (let i = at + closing.length; i < source.length; i++) {
    if (source[i] === '\\') {
      // A backslash joins lines in every literal.
      if (source.startsWith('\r\n', i + 1)) i += 1;
      i += 1;
    } else if (source.startsWith(closing, i)) return i + closing.length;
    else if (source[i] === '\n' && !triple) return -1;
  }
  return -1;
};

/** The columns of white space at the start of a line, tabs to the next multiple of eight. */
const indentation = (space: string): number => {
  let column = 0;
  for (const character of space) {
    if (character === '\t') column = 8 * (Math.floor(column / 8) + 1);
    else column = character === '\f' ? 0 : column + 1;
  }
  return column;
};

/** What stood before a token, as far as the rule asks. */
type Before = 'indent' | 'newline' | 'other';

/**
 * Python without comments and without string literals that begin a statement or a line, by the rule of UniXcoder's and
 * CodeSage's scripts for code-to-code search: a literal goes when it follows a line break of the program or a deeper
 * indentation, or begins in the first column. After a shallower indentation it stays. Backslashes that join lines go.
 */
export const removePythonComments = (source: string): string => {
  let out = '';
  let before: Before = 'indent';
  let depth = 0;
  let joined = false;
  const indents = [0];
  let at = 0;
  while (at < source.length) {
    const lineStart = at;
    const space = /^[ \t\f]*/.exec(source.slice(at, at + 4096))![0];
    at += space.length;
    if (depth === 0 && !joined) {
      const first = source[at];
      if (first === undefined) break;
      if (first === '#' || first === '\n' || (first === '\r' && source[at + 1] === '\n')) {
        const end = source.indexOf('\n', at);
        at = end < 0 ? source.length : end + 1;
        out += '\n';
        before = 'other';
        continue;
      }
      const column = indentation(space);
      if (column > indents.at(-1)!) {
        indents.push(column);
        before = 'indent';
      }
      while (column < indents.at(-1)!) {
        indents.pop();
        before = 'other';
      }
    }
    joined = false;
    out += space;
    // The rest of the line, and of the lines that a literal takes.
    while (at < source.length) {
      const character = source[at]!;
      if (character === '\n') {
        out += '\n';
        at += 1;
        before = depth > 0 ? 'other' : 'newline';
        break;
      }
      if (character === '\\' && /^\\\r?\n/.test(source.slice(at, at + 3))) {
        out = out.trimEnd();
        at = source.indexOf('\n', at) + 1;
        joined = true;
        break;
      }
      if (character === '#') {
        const end = source.indexOf('\n', at);
        at = end < 0 ? source.length : end;
        before = 'other';
        continue;
      }
      if (/[ \t\f\r]/.test(character)) {
        out += character;
        at += 1;
        continue;
      }
      let end = at;
      while (end < source.length && isNameCharacter(source[end]!)) end += 1;
      const quoted = source[end] === '"' || source[end] === "'";
      const prefix = source.slice(at, end);
      if (quoted && (prefix === '' || STRING_PREFIX.test(prefix))) {
        const close = stringEnd(source, end);
        if (close >= 0) {
          if (before === 'other' && at > lineStart) out += source.slice(at, close);
          at = close;
          before = 'other';
          continue;
        }
      }
      if (end === at) {
        if ('([{'.includes(character)) depth += 1;
        else if (')]}'.includes(character)) depth -= 1;
        end += 1;
      }
      out += source.slice(at, end);
      at = end;
      before = 'other';
    }
  }
  return out;
};
