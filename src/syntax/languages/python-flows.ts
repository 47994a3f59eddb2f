import type { SyntaxTree } from '../syntax-tree.js';
import type { FlowArgument, FlowPlace, ValueExpression, ValueFlow } from '../value-flow.js';
import { countArguments } from './call-text.js';
import { lastOfEach, placeOf } from './flow-place.js';

const LOOPS: ReadonlySet<string> = new Set(['for_statement', 'while_statement']);
const FUNCTIONS: ReadonlySet<string> = new Set([
  'function_definition',
  'lambda',
  'module',
  'class_definition',
]);
/** Deeper nests of literals are data. */
const DEPTH = 8;
const ENTRIES = 64;

const literalKey = (tree: SyntaxTree, node: number): string | null => {
  const kind = tree.kind(node);
  if (kind === 'integer') return tree.text(node);
  if (kind !== 'string') return null;
  const text = tree.text(node);
  return text.length < 80 ? `'${text.replace(/^[a-zA-Z]*['"]+|['"]+$/g, '')}` : null;
};

const collection = (
  node: number,
  entries: readonly (readonly [string | null, ValueExpression | null])[],
): ValueExpression => ({
  kind: 'collection',
  node,
  entries: entries.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
});

/** What an expression may stand for, or null for what is neither function nor object. */
const valueIn = (tree: SyntaxTree, node: number, depth = 0): ValueExpression | null => {
  if (node < 0 || depth > DEPTH) return null;
  const inner = (child: number) => valueIn(tree, child, depth + 1);
  switch (tree.kind(node)) {
    case 'identifier':
      return { kind: 'name', name: tree.text(node), at: node };
    case 'attribute': {
      const object = inner(tree.child(node, 'object'));
      return object === null
        ? null
        : { kind: 'member', object, name: tree.text(tree.child(node, 'attribute')), at: node };
    }
    case 'call': {
      const callee = tree.child(node, 'function');
      if (tree.kind(callee) === 'identifier' && tree.text(callee) === 'super')
        return { kind: 'receiver', isSuper: true };
      return { kind: 'call', node };
    }
    case 'lambda':
      return { kind: 'function', node };
    case 'subscript': {
      const object = inner(tree.child(node, 'value'));
      if (object === null) return null;
      const index = tree.child(node, 'subscript');
      if (tree.kind(index) === 'slice')
        return { kind: 'collection', node, entries: [[null, { kind: 'element', of: object }]] };
      return { kind: 'item', object, key: literalKey(tree, index), at: node };
    }
    case 'parenthesized_expression':
    case 'await':
    case 'expression_statement':
      return inner(tree.firstChild(node));
    case 'named_expression':
      return inner(tree.child(node, 'value'));
    case 'assignment':
      return inner(tree.child(node, 'right'));
    case 'conditional_expression': {
      const [first, , last] = [...tree.children(node)];
      return either([inner(first ?? -1), inner(last ?? -1)]);
    }
    case 'boolean_operator':
      return either([...tree.children(node)].map(inner));
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list': {
      const children = [...tree.children(node)].filter((child) => tree.kind(child) !== 'comment');
      if (children.length > ENTRIES) return null;
      const isStarred = children.some((child) => tree.kind(child) === 'list_splat');
      return collection(
        node,
        children.map((child, at) => [isStarred ? null : String(at), inner(child)]),
      );
    }
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
      return collection(node, [[null, inner(tree.firstChild(node))]]);
    case 'dictionary_comprehension':
      return collection(node, [[null, inner(tree.child(tree.firstChild(node), 'value'))]]);
    case 'dictionary': {
      const pairs = [...tree.children(node)].filter((child) => tree.kind(child) === 'pair');
      if (pairs.length > ENTRIES) return null;
      return collection(
        node,
        // Of two equal keys the last is kept.
        lastOfEach(
          pairs.map((pair) => [literalKey(tree, tree.child(pair, 'key')), inner(tree.child(pair, 'value'))]),
        ),
      );
    }
    default:
      return null;
  }
};

const either = (of: readonly (ValueExpression | null)[]): ValueExpression | null => {
  const known = of.filter((value) => value !== null);
  return known.length === 0 ? null : known.length === 1 ? known[0]! : { kind: 'either', of: known };
};

const isPattern = (kind: string): boolean => /^(pattern_list|tuple_pattern|list_pattern)$/.test(kind);
const isSequence = (kind: string): boolean => /^(expression_list|tuple|list)$/.test(kind);

const assignments = (
  tree: SyntaxTree,
  left: number,
  right: number,
  value: ValueExpression | null,
  place: FlowPlace,
): ValueFlow[] => {
  const kind = tree.kind(left);
  if (!isPattern(kind)) {
    const target = /^(identifier|attribute|subscript)$/.test(kind) ? valueIn(tree, left) : null;
    return target === null || value === null ? [] : [{ kind: 'assign', target, value, place }];
  }
  const targets = [...tree.children(left)];
  const values = isSequence(tree.kind(right)) ? [...tree.children(right)] : null;
  const starred = targets.findIndex((target) => tree.kind(target) === 'list_splat_pattern');
  return targets.flatMap((target, at) => {
    if (values === null) {
      if (value === null) return [];
      const key = starred >= 0 && at >= starred ? null : String(at);
      return assignments(tree, target, -1, { kind: 'item', object: value, key, at: left }, place);
    }
    if (at === starred) {
      const rest = values.slice(at, values.length - (targets.length - at - 1));
      const list = collection(
        target,
        rest.map((child, index) => [String(index), valueIn(tree, child)]),
      );
      return assignments(tree, tree.firstChild(target), -1, list, place);
    }
    const source = starred >= 0 && at > starred ? values[values.length - (targets.length - at)] : values[at];
    return source === undefined ? [] : assignments(tree, target, source, valueIn(tree, source), place);
  });
};

const argumentsOf = (tree: SyntaxTree, list: number): FlowArgument[] => {
  const args: FlowArgument[] = [];
  let position = 0;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind === 'comment') continue;
    // What follows a spread has no known place.
    if (kind === 'list_splat') position = Number.NEGATIVE_INFINITY;
    if (kind.endsWith('splat')) continue;
    const isKeyword = kind === 'keyword_argument';
    const value = valueIn(tree, isKeyword ? tree.child(child, 'value') : child);
    if (value !== null)
      args.push({ position, keyword: isKeyword ? tree.text(tree.child(child, 'name')) : null, value });
    if (!isKeyword) position++;
  }
  return args;
};

/** What the parameters of a definition are called, those of a lambda. */
const lambdaParameters = (tree: SyntaxTree, list: number): string[] =>
  list < 0
    ? []
    : [...tree.children(list)].map((child) =>
        tree.text(tree.kind(child) === 'identifier' ? child : tree.child(child, 'name')),
      );

/** How values move through a node of Python. */
export const describePythonFlows = (tree: SyntaxTree, node: number): readonly ValueFlow[] => {
  switch (tree.kind(node)) {
    case 'assignment':
    case 'named_expression': {
      const left = tree.child(node, tree.kind(node) === 'assignment' ? 'left' : 'name');
      let right = tree.child(node, tree.kind(node) === 'assignment' ? 'right' : 'value');
      while (tree.kind(right) === 'assignment') right = tree.child(right, 'right');
      if (right < 0) return [];
      return assignments(tree, left, right, valueIn(tree, right), placeOf(tree, node, LOOPS, FUNCTIONS));
    }
    case 'default_parameter':
    case 'typed_default_parameter': {
      const value = valueIn(tree, tree.child(node, 'value'));
      const name = tree.child(node, 'name');
      if (value === null || tree.kind(name) !== 'identifier') return [];
      return [
        { kind: 'assign', target: { kind: 'name', name: tree.text(name), at: name }, value, place: null },
      ];
    }
    case 'return_statement':
    case 'yield': {
      const value = valueIn(tree, tree.firstChild(node));
      return value === null ? [] : [{ kind: 'return', value, isElement: tree.kind(node) === 'yield' }];
    }
    case 'call': {
      const callee = tree.child(node, 'function');
      const list = tree.child(node, 'arguments');
      const isList = tree.kind(list) === 'argument_list';
      const args = isList ? argumentsOf(tree, list) : [];
      const arity = isList ? countArguments(tree, list) : 1;
      const isNamed = tree.kind(callee) === 'identifier';
      if (args.length === 0 && isNamed) return [];
      return [
        {
          kind: 'call',
          node,
          callee: isNamed ? null : valueIn(tree, callee),
          args,
          arity,
          isConstruction: false,
        },
      ];
    }
    case 'raise_statement': {
      const value = valueIn(tree, tree.firstChild(node));
      return value === null || value.kind === 'call'
        ? []
        : [{ kind: 'call', node, callee: value, args: [], arity: 0, isConstruction: true }];
    }
    case 'for_statement':
    case 'for_in_clause': {
      const value = valueIn(tree, tree.child(node, 'right'));
      if (value === null) return [];
      const place = { ...placeOf(tree, node, LOOPS, FUNCTIONS), blockEnd: -1 };
      return [
        { kind: 'iterate', value },
        ...assignments(tree, tree.child(node, 'left'), -1, { kind: 'element', of: value }, place),
      ];
    }
    case 'decorated_definition': {
      const decorators = [...tree.children(node)]
        .filter((child) => tree.kind(child) === 'decorator')
        .map((child) => valueIn(tree, tree.firstChild(child)))
        .filter((value) => value !== null)
        .reverse();
      const definition = tree.child(node, 'definition');
      return decorators.length === 0 ? [] : [{ kind: 'decorate', node: definition, decorators }];
    }
    case 'lambda':
      return [
        {
          kind: 'lambda',
          node,
          parameters: lambdaParameters(tree, tree.child(node, 'parameters')),
          value: valueIn(tree, tree.child(node, 'body')),
        },
      ];
    default:
      return [];
  }
};

export const PYTHON_FLOW_KINDS: ReadonlySet<string> = new Set([
  'assignment',
  'named_expression',
  'default_parameter',
  'typed_default_parameter',
  'return_statement',
  'yield',
  'call',
  'raise_statement',
  'for_statement',
  'for_in_clause',
  'decorated_definition',
  'lambda',
]);

/** Functions of the language that call the functions they are given. */
export const PYTHON_CALLBACK_TAKERS: ReadonlySet<string> = new Set(
  'map filter sorted min max reduce sort'.split(' '),
);
