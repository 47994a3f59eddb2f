import { checkOptions, checkWholeNumber } from '../../numerics/index.js';
import type { FlatTree, NodePositions } from '../tree/flat-tree.js';
import type { TreeMapping } from './tree-mapping.js';

/** How many unchanged lines {@link formatCodeDiff} shows. */
export interface CodeDiffOptions {
  /**
   * Lines shown before and after each change.
   *
   * @defaultValue 3
   */
  readonly context?: number;
}

/** A parsed source: its text, and its tree flattened with `positions`. */
export interface CodeVersion {
  readonly tree: FlatTree;
  readonly source: string;
}

/**
 * A mapping as a diff of code for people: hunks of lines in the unified format, ` ` for lines on both sides, `-` for lines
 * of the first version alone, `+` for lines of the second alone, and, for a mapping with moves, `<` where moved code was
 * and `>` where it is now.
 *
 * Which lines belong together is said by the trees: a line is on both sides when nodes that start on it were mapped to
 * each other and its text is the same but for the space around it, whether it was indented anew or not. Blank lines,
 * comments and lone brackets go with their neighbors.
 *
 * @param mapping What `treeEditMapping(a.tree, b.tree)` or `treeEditMoves(a.tree, b.tree)` returned.
 * @returns The hunks, or the empty string where no line differs.
 * @throws TypeError when a tree has no positions; RangeError when the mapping is not of these trees.
 * Time O(nodes + characters).
 *
 * @example
 * ```ts
 * import { flattenTree, formatCodeDiff, loadLanguage, treeEditMapping } from 'oasis-embed';
 *
 * const javascript = await loadLanguage('javascript');
 * const read = (source: string) => ({
 *   source,
 *   tree: javascript.withTree(source, (cursor) => flattenTree(cursor, { labels: 'type+leaf', positions: true })),
 * });
 * const a = read('f(1);\ng(2);\nh(3);\n');
 * const b = read('f(1);\nh(3);\n');
 * console.log(formatCodeDiff(a, b, treeEditMapping(a.tree, b.tree)));
 * // @@ -1,3 +1,2 @@
 * //  f(1);
 * // -g(2);
 * //  h(3);
 * ```
 */
export const formatCodeDiff = (
  a: CodeVersion,
  b: CodeVersion,
  mapping: TreeMapping & { readonly moves?: Int32Array },
  options: CodeDiffOptions = {},
): string => {
  checkOptions('formatCodeDiff', options, { context: true });
  const { context = 3 } = options;
  checkWholeNumber('context', context, 0);
  if (mapping.targets.length !== a.tree.size || mapping.sources.length !== b.tree.size) {
    throw new RangeError(
      `mapping must be of trees of ${a.tree.size} and ${b.tree.size} nodes, ` +
        `received ${mapping.targets.length} and ${mapping.sources.length}`,
    );
  }
  const before = readLines('a', a);
  const after = readLines('b', b);
  const movedFrom = new Uint8Array(before.texts.length);
  const movedTo = new Uint8Array(after.texts.length);
  const isMoved = new Uint8Array(a.tree.size);
  for (const root of mapping.moves ?? []) {
    isMoved.fill(1, root - a.tree.sizes[root]! + 1, root + 1);
    before.markWhole(movedFrom, root);
    after.markWhole(movedTo, mapping.targets[root]!);
  }
  const partner = matchLines(before, after, mapping.targets, isMoved);
  const lines: DiffLine[] = [];
  let next = 0;
  const addUpTo = (end: number) => {
    for (; next < end; next++) {
      lines.push({ sign: movedTo[next] === 1 ? '>' : '+', text: after.texts[next]!, a: 0, b: 1 });
    }
  };
  before.texts.forEach((text, line) => {
    const other = partner[line]!;
    if (other === -1) {
      lines.push({ sign: movedFrom[line] === 1 ? '<' : '-', text, a: 1, b: 0 });
    } else {
      addUpTo(other);
      lines.push({ sign: ' ', text: after.texts[other]!, a: 1, b: 1 });
      next = other + 1;
    }
  });
  addUpTo(after.texts.length);
  return formatHunks(lines, context);
};

interface DiffLine {
  readonly sign: ' ' | '-' | '+' | '<' | '>';
  readonly text: string;
  /** 1 on the side or sides that have the line. */
  readonly a: 0 | 1;
  readonly b: 0 | 1;
}

interface SourceLines {
  readonly texts: readonly string[];
  readonly positions: NodePositions;
  lineOf(offset: number): number;
  /** Marks the lines that hold nothing but the node. */
  markWhole(marks: Uint8Array, node: number): void;
}

const readLines = (name: 'a' | 'b', { tree, source }: CodeVersion): SourceLines => {
  const { positions } = tree;
  if (positions === null) {
    throw new TypeError(
      `${name}.tree must be flattened with positions: true, received one without positions`,
    );
  }
  const texts = source.split('\n');
  if (texts.at(-1) === '') texts.pop();
  const starts = new Float64Array(texts.length);
  for (let line = 1; line < texts.length; line++)
    starts[line] = starts[line - 1]! + texts[line - 1]!.length + 1;
  const lineOf = (offset: number) => {
    let low = 0;
    let high = texts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    texts,
    positions,
    lineOf,
    markWhole(marks, node) {
      const [start, end] = [positions.starts[node]!, positions.ends[node]!];
      for (let line = lineOf(start); line <= lineOf(Math.max(start, end - 1)); line++) {
        const from = Math.max(0, start - starts[line]!);
        const to = Math.min(texts[line]!.length, end - starts[line]!);
        const around = texts[line]!.slice(0, from) + texts[line]!.slice(to);
        if (/^[\s;,]*$/.test(around)) marks[line] = 1;
      }
    },
  };
};

/** For each line of the first version its line in the second, ascending, or −1. */
const matchLines = (
  before: SourceLines,
  after: SourceLines,
  targets: Int32Array,
  isMoved: Uint8Array,
): Int32Array => {
  const partner = new Int32Array(before.texts.length).fill(-1);
  const pairs: [number, number][] = [];
  targets.forEach((j, i) => {
    if (j === -1 || isMoved[i] === 1) return;
    const line = before.lineOf(before.positions.starts[i]!);
    const other = after.lineOf(after.positions.starts[j]!);
    if (before.texts[line]!.trim() === after.texts[other]!.trim()) pairs.push([line, other]);
  });
  pairs.sort(([i, j], [k, l]) => i - k || j - l);
  let lastLine = -1;
  let lastOther = -1;
  const extend = (end: number, endOther: number) => {
    // What lies between two matched lines: equal ones at its start, then at its end.
    let [top, topOther] = [lastLine + 1, lastOther + 1];
    const same = (line: number, other: number) => before.texts[line]!.trim() === after.texts[other]!.trim();
    while (top < end && topOther < endOther && same(top, topOther)) partner[top++] = topOther++;
    let [low, lowOther] = [end - 1, endOther - 1];
    while (low >= top && lowOther >= topOther && same(low, lowOther)) partner[low--] = lowOther--;
  };
  for (const [line, other] of pairs) {
    if (line <= lastLine || other <= lastOther) continue;
    extend(line, other);
    partner[line] = other;
    lastLine = line;
    lastOther = other;
  }
  extend(before.texts.length, after.texts.length);
  return partner;
};

/** Changes with the lines around them, under headers that say where they stand. */
const formatHunks = (lines: readonly DiffLine[], context: number): string => {
  const shown = new Uint8Array(lines.length);
  lines.forEach(({ sign }, at) => {
    if (sign !== ' ') shown.fill(1, Math.max(0, at - context), at + context + 1);
  });
  const output: string[] = [];
  let [lineA, lineB] = [1, 1];
  for (let at = 0; at < lines.length; ) {
    if (shown[at] === 0) {
      lineA++;
      lineB++;
      at++;
      continue;
    }
    let end = at;
    while (end < lines.length && shown[end] === 1) end++;
    const hunk = lines.slice(at, end);
    const countA = hunk.reduce((sum, line) => sum + line.a, 0);
    const countB = hunk.reduce((sum, line) => sum + line.b, 0);
    const range = (line: number, count: number) => `${count === 0 ? line - 1 : line},${count}`;
    output.push(`@@ -${range(lineA, countA)} +${range(lineB, countB)} @@`);
    for (const { sign, text } of hunk) output.push(sign + text);
    lineA += countA;
    lineB += countB;
    at = end;
  }
  return output.join('\n');
};
