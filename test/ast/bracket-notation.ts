import { type FlatTree, flattenObject } from '../../src/ast/index.js';
import type { OracleTree } from '../reference/tree-edit.js';

/** Bracket notation: `{label{child}{child}}`, with a backslash before braces that belong to a label. */
export const parseBrackets = (text: string): FlatTree => {
  interface Node extends OracleTree {
    label: string;
    children: Node[];
  }
  const open: Node[] = [];
  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1);
    if (text[i] === '{') {
      const node: Node = { label: '', children: [] };
      top?.children.push(node);
      open.push(node);
    } else if (text[i] === '}') {
      if (open.length === 1) return flattenObject(open[0]!);
      open.pop();
    } else if (top !== undefined) {
      top.label += text[i] === '\\' ? text[++i] : text[i];
    }
  }
  throw new Error(`unbalanced: ${text}`);
};
