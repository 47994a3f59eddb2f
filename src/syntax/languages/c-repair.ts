interface Line {
  readonly start: number;
  readonly end: number;
  /** Braces opened less braces closed, and the same of parentheses; 0 for a directive. */
  readonly braces: number;
  readonly parentheses: number;
  /** Its first and last characters that are neither blank nor comment, and where the last one ends. */
  readonly first: string;
  readonly last: string;
  readonly codeEnd: number;
  readonly directive: string | null;
}

/** The lines of a C file as far as braces go: strings and comments are passed over. */
const linesOf = (source: string): Line[] => {
  const lines: Line[] = [];
  let isComment = false;
  let continues: string | null = null;
  for (let start = 0; start < source.length; ) {
    let end = source.indexOf('\n', start);
    if (end < 0) end = source.length;
    let [braces, parentheses, codeEnd] = [0, 0, start];
    let [first, last] = ['', ''];
    for (let at = start; at < end; at++) {
      const char = source[at]!;
      if (isComment) {
        if (char === '*' && source[at + 1] === '/') {
          isComment = false;
          at++;
        }
        continue;
      }
      if (char === '/' && source[at + 1] === '*') {
        isComment = true;
        at++;
        continue;
      }
      if (char === '/' && source[at + 1] === '/') break;
      if (char === ' ' || char === '\t' || char === '\r') continue;
      if (first === '') first = char;
      last = char;
      if (char === '"' || char === "'") {
        for (at++; at < end && source[at] !== char; at++) if (source[at] === '\\') at++;
      } else if (char === '{') braces++;
      else if (char === '}') braces--;
      else if (char === '(') parentheses++;
      else if (char === ')') parentheses--;
      codeEnd = Math.min(at + 1, end);
    }
    const directive: string | null =
      continues ?? (first === '#' ? (/^\s*#\s*(\w*)/.exec(source.slice(start, end))?.[1] ?? '') : null);
    const isCode = directive === null;
    lines.push({
      start,
      end,
      braces: isCode ? braces : 0,
      parentheses: isCode ? parentheses : 0,
      first,
      last,
      codeEnd,
      directive,
    });
    // A directive goes on behind a backslash.
    continues = directive !== null && last === '\\' ? 'continued' : null;
    start = end + 1;
  }
  return lines;
};

interface Branch {
  readonly from: number;
  to: number;
}

/** Whether the lines of a branch are whole statements: what stands around them needs none of them. */
const isWhole = (lines: readonly Line[], { from, to }: Branch, isInside: boolean): boolean => {
  let [braces, parentheses, lowest] = [0, 0, 0];
  let last = '';
  for (const line of lines.slice(from, to)) {
    braces += line.braces;
    parentheses += line.parentheses;
    lowest = Math.min(lowest, braces);
    if (line.directive === null && line.last !== '') last = line.last;
  }
  return braces === 0 && parentheses === 0 && lowest === 0 && (!isInside || /^[;}:]?$/.test(last));
};

/** Lines to blank: of conditionals that cut through a statement or a block, all but what the first branch says. */
const cutLines = (source: string, lines: readonly Line[]): Set<number> => {
  const blank = new Set<number>();
  const open: { directives: number[]; branches: Branch[]; isInside: boolean }[] = [];
  let depth = 0;
  lines.forEach(({ directive, braces, start, first }, at) => {
    // What stands at the margin ends what was open, balanced or not.
    if (first === '}' && braces < 0 && source[start] === '}') depth = 0;
    else depth = Math.max(0, depth + braces);
    if (directive === null) return;
    if (/^if(n?def)?$/.test(directive))
      open.push({ directives: [at], branches: [{ from: at + 1, to: at }], isInside: depth > 0 });
    else if (/^(else|elif(n?def)?|endif)$/.test(directive)) {
      const group = open.at(-1);
      if (group === undefined) return;
      group.directives.push(at);
      group.branches.at(-1)!.to = at;
      if (directive !== 'endif') group.branches.push({ from: at + 1, to: at });
      else {
        open.pop();
        if (group.branches.every((branch) => isWhole(lines, branch, group.isInside))) return;
        for (const line of group.directives) blank.add(line);
        for (const { from, to } of group.branches.slice(1))
          for (let line = from; line < to; line++) blank.add(line);
      }
    }
  });
  return blank;
};

const DEFINITION =
  /^(?!(?:else|return|case|goto|typedef|do|if|for|while|switch)\b)[A-Za-z_][\w \t*]*\([^;{}]*(\{.*)?$/;

/** A line at the margin that begins a function: it ends with its head, and the body opens there or below. */
const beginsDefinition = (source: string, lines: readonly Line[], at: number): boolean => {
  const line = lines[at]!;
  if (line.directive !== null || !DEFINITION.test(source.slice(line.start, line.codeEnd))) return false;
  for (let next = at; next < Math.min(lines.length, at + 12); next++) {
    const { start, codeEnd, last, first } = lines[next]!;
    if (last === '{' || (next === at && last === '}' && source.slice(start, codeEnd).includes('{')))
      return true;
    if (last === ';' || last === '}' || (next > at && first === '#')) return false;
    if (next > at && first !== '' && source.slice(start, codeEnd).includes(';')) return false;
  }
  return false;
};

/**
 * A C file in a form that the grammar can read, of the same length: of conditionals that cut a statement in two only the
 * first branch stays, and a definition at the margin ends a block that is still open above it.
 *
 * Time O(length).
 */
export const repairC = (source: string): string => {
  const lines = linesOf(source);
  const blank = cutLines(source, lines);
  const edits: [start: number, end: number, text: string][] = [];
  let depth = 0;
  /** From where on nothing stands behind the code above. */
  let freeFrom = 0;
  lines.forEach((line, at) => {
    const { start, end } = line;
    if (blank.has(at)) {
      edits.push([start, end, source.slice(start, end).replace(/[^\s]/g, ' ')]);
      return;
    }
    if (depth > 0 && beginsDefinition(source, lines, at)) {
      let room = 0;
      while (freeFrom + room < start && /\s/.test(source[freeFrom + room]!)) room++;
      if (room >= depth) edits.push([freeFrom, freeFrom + depth, '}'.repeat(depth)]);
      depth = 0;
    }
    depth = Math.max(0, depth + line.braces);
    if (line.codeEnd > start) {
      // The end of a line may end a comment or a directive: then only what stands behind it is free.
      const isFree = line.directive === null && source.slice(line.codeEnd, end).trim() === '';
      freeFrom = isFree ? line.codeEnd : end + 1;
    }
  });
  if (edits.length === 0) return source;
  edits.sort((a, b) => a[0] - b[0]);
  let text = '';
  let from = 0;
  for (const [start, end, instead] of edits) {
    if (start < from) continue;
    text += source.slice(from, start) + instead;
    from = end;
  }
  return text + source.slice(from);
};
