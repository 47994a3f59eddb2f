import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { SyntaxCursor } from '../../syntax/index.js';
import type { FlatTree, LabelMode, NodeSelection } from './flat-tree.js';
import { type LabelVocabulary, sharedVocabulary } from './label-vocabulary.js';
import { PostorderBuilder } from './postorder-builder.js';

/** Which nodes {@link flattenTree} keeps, and what their labels are. */
export interface FlattenTreeOptions {
  /**
   * `type`: the node's type. `type+leaf`: the text too where a node has no children, so that names and literals
   * count. `type+operator`: the operator too where a node has one, so that `a + b` and `a - b` differ.
   *
   * @defaultValue 'type'
   */
  readonly labels?: Exclude<LabelMode, 'custom'>;
  /**
   * `named` leaves out punctuation and keywords.
   *
   * @defaultValue 'named'
   */
  readonly nodes?: NodeSelection;
  /**
   * Whether comments are kept.
   *
   * @defaultValue false
   */
  readonly comments?: boolean;
  /**
   * Whether `positions` is filled, for edit scripts that point into the source. It costs about half as much
   * time again.
   *
   * @defaultValue false
   */
  readonly positions?: boolean;
  /** @defaultValue `sharedVocabulary` */
  readonly vocabulary?: LabelVocabulary;
}

const FLATTEN_TREE_OPTIONS: OptionNames<FlattenTreeOptions> = {
  labels: true,
  nodes: true,
  comments: true,
  positions: true,
  vocabulary: true,
};

const commentType = /(?:^|_)comment$/;
const operatorFields = new Set(['operator', 'operators']);
const operatorOwners = /(?:binary|unary|update|assignment|prefix|postfix|operator|inc_|dec_)/;
const operatorToken = /^(?:[-+*/%&|^~!<>=?.:@]+|[a-z]+)$/;
const notOperators = new Set(['.', ':', '(', ')']);

/**
 * Flattens the syntax tree below a cursor of `web-tree-sitter` or of the native `tree-sitter` binding.
 *
 * The cursor's own node is the root and always kept. A node that is left out hands its kept descendants to its
 * parent; a comment is left out whole. `ERROR` and missing nodes are kept and set `hasError`. The cursor is back
 * where it was afterwards. Nothing is recursive: depth is bounded by memory alone.
 *
 * @param cursor At the node to flatten; only its subtree is visited.
 * @returns The tree in postorder.
 * @throws TypeError when `labels` or `nodes` is not one of its values.
 * Time O(nodes); memory O(nodes) of typed arrays and O(depth) while it runs.
 *
 * @example
 * ```ts
 * import { flattenTree, loadLanguage, treeEditDistance } from 'oasis-embed';
 *
 * const javascript = await loadLanguage('javascript');
 * const flatten = (source: string) => javascript.withTree(source, (cursor) => flattenTree(cursor));
 * console.log(treeEditDistance(flatten('f(a, b)'), flatten('f(a)'))); // 1
 * ```
 */
export const flattenTree = (cursor: SyntaxCursor, options: FlattenTreeOptions = {}): FlatTree => {
  checkOptions('flattenTree', options, FLATTEN_TREE_OPTIONS);
  const {
    labels = 'type',
    nodes = 'named',
    comments = false,
    positions = false,
    vocabulary = sharedVocabulary,
  } = options;
  if (labels !== 'type' && labels !== 'type+leaf' && labels !== 'type+operator') {
    throw new TypeError(`labels must be 'type', 'type+leaf' or 'type+operator', received ${labels}`);
  }
  if (nodes !== 'named' && nodes !== 'all') {
    throw new TypeError(`nodes must be 'named' or 'all', received ${nodes}`);
  }
  const builder = new PostorderBuilder(positions);
  const open: OpenNode[] = [];
  let hasError = false;

  const enter = () => {
    const type = cursor.nodeType;
    const parent = open.at(-1);
    if (cursor.nodeIsMissing || type === 'ERROR') hasError = true;
    if (labels === 'type+operator' && parent !== undefined && !cursor.nodeIsNamed) {
      if (isOperator(cursor, type, parent.type)) parent.suffix += ` ${type}`;
    }
    open.push({
      type,
      suffix: '',
      kept: parent === undefined || nodes === 'all' || cursor.nodeIsNamed,
      firstIndex: builder.length,
      start: positions ? cursor.startIndex : 0,
      end: positions ? cursor.endIndex : 0,
    });
  };
  const leave = () => {
    const node = open.pop();
    if (node === undefined || !node.kept) return;
    const name = node.suffix === '' ? node.type : node.type + node.suffix;
    builder.add(vocabulary.id(name), node.firstIndex, node.start, node.end);
  };

  enter();
  for (;;) {
    if (cursor.gotoFirstChild()) {
      if (settleAtKept()) continue;
      cursor.gotoParent();
    } else if (labels === 'type+leaf') {
      const leaf = open.at(-1);
      if (leaf?.kept && leaf.type !== cursor.nodeText) leaf.suffix = ` ${cursor.nodeText}`;
    }
    leave();
    for (;;) {
      if (open.length === 0) return builder.finish({ vocabulary, labelMode: labels, nodes, hasError });
      if (cursor.gotoNextSibling() && settleAtKept()) break;
      cursor.gotoParent();
      leave();
    }
  }

  /** Enters the node at the cursor or its next sibling that is no comment; false at the end of the siblings. */
  function settleAtKept(): boolean {
    while (!comments && commentType.test(cursor.nodeType)) {
      if (!cursor.gotoNextSibling()) return false;
    }
    enter();
    return true;
  }
};

interface OpenNode {
  readonly type: string;
  suffix: string;
  readonly kept: boolean;
  readonly firstIndex: number;
  readonly start: number;
  readonly end: number;
}

/** Grammars name most operators by a field; the others leave them as bare tokens of an operator expression. */
const isOperator = (cursor: SyntaxCursor, type: string, parentType: string): boolean => {
  const field = cursor.currentFieldName;
  // The native binding says undefined where web-tree-sitter says null.
  if (field) return operatorFields.has(field);
  return operatorOwners.test(parentType) && operatorToken.test(type) && !notOperators.has(type);
};
