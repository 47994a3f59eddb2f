/**
 * Code without the indentation of its file: line breaks become `\n`, tabs become two blanks, trailing blanks go.
 *
 * Also handles a first line at the margin with an indented body, as functions often come.
 *
 * @example
 * ```ts
 * import { dedentCode } from 'oasis-embed/report';
 *
 * console.log(dedentCode('function one() {\n    return 1;\n  }').split('\n')); // ['function one() {', '  return 1;', '}']
 * ```
 */
export const dedentCode = (code: string): string => {
  const lines = code.replace(/\r\n?/g, '\n').replace(/\t/g, '  ').trimEnd().split('\n');
  let common = Number.POSITIVE_INFINITY;
  for (const line of lines.slice(1)) {
    if (line.trim() !== '') common = Math.min(common, line.length - line.trimStart().length);
  }
  if (!Number.isFinite(common)) common = 0;
  const own = (lines[0]?.length ?? 0) - (lines[0]?.trimStart().length ?? 0);
  const cut = lines.length > 1 && own === 0 ? 0 : own;
  const closing = lines.at(-1) ?? '';
  const inner =
    cut === 0 && common > 0 && closing.trim() !== '' && /^[\s})\];,]*$|^\s*end\b/.test(closing)
      ? common
      : Math.min(cut, common);
  return lines.map((line, i) => (i === 0 ? line.slice(cut) : line.slice(inner))).join('\n');
};
