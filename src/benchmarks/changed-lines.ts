/** The lines of one file that a patch touches, as they were numbered before it. */
export interface ChangedFile {
  /** The path before the change. */
  readonly path: string;
  /** Lines that are taken out. */
  readonly removed: readonly number[];
  /** Lines are put in between this line and the next, in the place of none. */
  readonly insertedAfter: readonly number[];
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

/** Git puts names with unusual characters into quotes, bytes as three octal digits. */
const unquoted = (quoted: string): string => {
  const bytes: number[] = [];
  const inner = quoted.slice(1, quoted.lastIndexOf('"'));
  for (const [, octal, escaped, plain] of inner.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? escaped.charCodeAt(0));
    else bytes.push(...Buffer.from(plain!));
  }
  return Buffer.from(bytes).toString();
};

/** `a/src/x.py` without its prefix, and without the time that other tools put behind it. */
const pathOf = (text: string): string => {
  const name = text.startsWith('"') ? unquoted(text) : text.split('\t')[0]!.trimEnd();
  return name.replace(/^a\//, '');
};

/**
 * What a patch in the unified form of `git diff` changes of files that were there before. Files that it makes are left
 * out.
 *
 * @throws SyntaxError naming the line of the patch that has another form.
 */
export const changedLines = (patch: string): readonly ChangedFile[] => {
  const files: { path: string; removed: number[]; insertedAfter: number[] }[] = [];
  let file: (typeof files)[number] | null = null;
  let line = 0;
  /** Lines of the hunk that are still to come, before and after the change. */
  let left: [number, number] = [0, 0];
  /** Whether lines go at this place: those that come are then a replacement. */
  let replaces = false;
  for (const [i, text] of patch.split('\n').entries()) {
    if (left[0] > 0 || left[1] > 0) {
      const mark = text[0] ?? ' ';
      if (mark === '-') {
        file?.removed.push(line++);
        left[0] -= 1;
        replaces = true;
      } else if (mark === '+') {
        const isKnown = replaces || file?.insertedAfter.at(-1) === line - 1;
        if (!isKnown) file?.insertedAfter.push(line - 1);
        left[1] -= 1;
      } else if (mark === ' ' || mark === '\r') {
        line += 1;
        left = [left[0] - 1, left[1] - 1];
        replaces = false;
      } else if (mark !== '\\') {
        throw new SyntaxError(
          `patch:${i + 1}: expected a line of a hunk, received ${JSON.stringify(text.slice(0, 60))}`,
        );
      }
      continue;
    }
    if (text.startsWith('--- ')) {
      file = null;
      if (text.slice(4).trim() !== '/dev/null') {
        file = { path: pathOf(text.slice(4)), removed: [], insertedAfter: [] };
        files.push(file);
      }
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(text);
    if (hunk === null) continue;
    left = [Number(hunk[2] ?? 1), Number(hunk[3] ?? 1)];
    replaces = false;
    // Where nothing is taken out, git names the line before.
    line = left[0] === 0 ? Number(hunk[1]) + 1 : Number(hunk[1]);
  }
  return files;
};
