import type { SyntaxTree } from '../syntax-tree.js';
import type { FlowArgument, FlowPlace, ValueExpression, ValueFlow } from '../value-flow.js';
import { countEcmaScriptArguments } from './ecmascript-calls.js';
import { keyName } from './ecmascript-functions.js';
import { lastOfEach, placeOf } from './flow-place.js';

const LOOPS: ReadonlySet<string> = new Set([
  'for_statement',
  'for_in_statement',
  'while_statement',
  'do_statement',
]);
const FUNCTIONS: ReadonlySet<string> = new Set([
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
  'class_body',
]);
/** Deeper nests of literals are data. */
const DEPTH = 8;
const ENTRIES = 64;

/** A literal key, `1` and `'1'` alike, marked as a text. */
const literalKey = (tree: SyntaxTree, node: number): string | null => {
  const kind = tree.kind(node);
  if (kind === 'number') return `'${tree.text(node)}`;
  if (kind !== 'string') return null;
  const text = tree.text(node);
  return text.length < 80 ? `'${text.slice(1, -1)}` : null;
};

const either = (of: readonly (ValueExpression | null)[]): ValueExpression | null => {
  const known = of.filter((value) => value !== null);
  return known.length === 0 ? null : known.length === 1 ? known[0]! : { kind: 'either', of: known };
};

const objectEntry = (
  tree: SyntaxTree,
  entry: number,
  inner: (node: number) => ValueExpression | null,
): readonly (readonly [string | null, ValueExpression])[] => {
  switch (tree.kind(entry)) {
    case 'pair': {
      const key = tree.child(entry, 'key');
      const name = keyName(tree, key);
      const value = inner(tree.child(entry, 'value'));
      return value === null ? [] : [[name === null ? literalKey(tree, key) : `'${name}`, value]];
    }
    case 'shorthand_property_identifier':
      return [[`'${tree.text(entry)}`, { kind: 'name', name: tree.text(entry), at: entry }]];
    case 'method_definition': {
      const name = keyName(tree, tree.child(entry, 'name'));
      return name === null ? [] : [[`'${name}`, { kind: 'function', node: entry }]];
    }
    default:
      return [];
  }
};

/** What an expression may stand for, or null for what is neither function nor object. */
const valueIn = (tree: SyntaxTree, node: number, depth = 0): ValueExpression | null => {
  if (node < 0 || depth > DEPTH) return null;
  const inner = (child: number) => valueIn(tree, child, depth + 1);
  switch (tree.kind(node)) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
      return { kind: 'name', name: tree.text(node), at: node };
    case 'this':
      return { kind: 'receiver', isSuper: false };
    case 'super':
      return { kind: 'receiver', isSuper: true };
    case 'member_expression': {
      const object = inner(tree.child(node, 'object'));
      return object === null
        ? null
        : { kind: 'member', object, name: tree.text(tree.child(node, 'property')), at: node };
    }
    case 'subscript_expression': {
      const object = inner(tree.child(node, 'object'));
      return object === null
        ? null
        : { kind: 'item', object, key: literalKey(tree, tree.child(node, 'index')), at: node };
    }
    case 'call_expression':
    case 'new_expression':
      return { kind: 'call', node };
    case 'function_expression':
    case 'generator_function':
    case 'arrow_function':
      return { kind: 'function', node };
    case 'parenthesized_expression':
    case 'await_expression':
    case 'non_null_expression':
    case 'as_expression':
    case 'satisfies_expression':
      return inner(tree.firstChild(node));
    case 'assignment_expression':
      return inner(tree.child(node, 'right'));
    case 'ternary_expression':
      return either([inner(tree.child(node, 'consequence')), inner(tree.child(node, 'alternative'))]);
    case 'binary_expression': {
      const [left, right] = [...tree.children(node)];
      return either([inner(left ?? -1), inner(right ?? -1)]);
    }
    case 'array': {
      const children = [...tree.children(node)].filter((child) => tree.kind(child) !== 'comment');
      if (children.length > ENTRIES) return null;
      const isSpread = children.some((child) => tree.kind(child) === 'spread_element');
      const entries = children.flatMap((child, at) => {
        const value =
          tree.kind(child) === 'spread_element' ? elementOf(inner(tree.firstChild(child))) : inner(child);
        return value === null ? [] : [[isSpread ? null : `'${at}`, value] as const];
      });
      return { kind: 'collection', node, entries };
    }
    case 'object': {
      const children = [...tree.children(node)];
      if (children.length > ENTRIES) return null;
      return {
        kind: 'collection',
        node,
        entries: lastOfEach(children.flatMap((child) => objectEntry(tree, child, inner))),
      };
    }
    default:
      return null;
  }
};

const elementOf = (value: ValueExpression | null): ValueExpression | null =>
  value === null ? null : { kind: 'element', of: value };

const assign = (
  target: ValueExpression | null,
  value: ValueExpression | null,
  place: FlowPlace | null,
): ValueFlow[] => (target === null || value === null ? [] : [{ kind: 'assign', target, value, place }]);

/** What a pattern's names take of a value. */
const assignments = (
  tree: SyntaxTree,
  left: number,
  right: number,
  value: ValueExpression | null,
  place: FlowPlace,
): ValueFlow[] => {
  const from = (child: number, key: string | null): ValueFlow[] =>
    value === null ? [] : assignments(tree, child, -1, { kind: 'item', object: value, key, at: left }, place);
  switch (tree.kind(left)) {
    case 'identifier':
    case 'shorthand_property_identifier_pattern':
    case 'member_expression':
    case 'subscript_expression':
      return assign(valueIn(tree, left), value, place);
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return [
        ...assignments(tree, tree.child(left, 'left'), right, value, place),
        ...assign(valueIn(tree, tree.child(left, 'left')), valueIn(tree, tree.child(left, 'right')), null),
      ];
    case 'array_pattern':
    case 'array': {
      const sources = tree.kind(right) === 'array' ? [...tree.children(right)] : null;
      return [...tree.children(left)].flatMap((child, at) => {
        if (tree.kind(child) === 'rest_pattern')
          return value === null
            ? []
            : assignments(
                tree,
                tree.firstChild(child),
                -1,
                { kind: 'collection', node: child, entries: [[null, { kind: 'element', of: value }]] },
                place,
              );
        const source = sources?.[at];
        return source === undefined
          ? from(child, `'${at}`)
          : assignments(tree, child, source, valueIn(tree, source), place);
      });
    }
    case 'object_pattern':
      return [...tree.children(left)].flatMap((child) => {
        const kind = tree.kind(child);
        if (kind === 'pair_pattern') {
          const key = keyName(tree, tree.child(child, 'key'));
          return key === null ? [] : from(tree.child(child, 'value'), `'${key}`);
        }
        const name = kind === 'object_assignment_pattern' ? tree.child(child, 'left') : child;
        return kind === 'rest_pattern' ? [] : from(child, `'${tree.text(name)}`);
      });
    default:
      return [];
  }
};

const argumentsOf = (tree: SyntaxTree, list: number): FlowArgument[] => {
  const args: FlowArgument[] = [];
  let position = 0;
  for (const child of tree.kind(list) === 'arguments' ? tree.children(list) : []) {
    const kind = tree.kind(child);
    if (kind === 'comment') continue;
    // What follows a spread has no known place.
    if (kind === 'spread_element') break;
    const value = valueIn(tree, child);
    if (value !== null) args.push({ position, keyword: null, value });
    position++;
  }
  return args;
};

const callFlow = (tree: SyntaxTree, node: number): ValueFlow[] => {
  const isConstruction = tree.kind(node) === 'new_expression';
  let callee = tree.child(node, isConstruction ? 'constructor' : 'function');
  while (/^(parenthesized|non_null)_expression$/.test(tree.kind(callee))) callee = tree.firstChild(callee);
  const args = argumentsOf(tree, tree.child(node, 'arguments'));
  const kind = tree.kind(callee);
  const isNamed = kind === 'identifier' || kind === 'super';
  if (kind === 'import' || (args.length === 0 && isNamed)) return [];
  const value = isNamed ? null : valueIn(tree, callee);
  const arity = countEcmaScriptArguments(tree, tree.child(node, 'arguments'));
  return [{ kind: 'call', node, callee: value, args, arity, isConstruction }];
};

/** How values move through a node of JavaScript or TypeScript. */
export const describeEcmaScriptFlows = (tree: SyntaxTree, node: number): readonly ValueFlow[] => {
  const kind = tree.kind(node);
  switch (kind) {
    case 'variable_declarator':
    case 'assignment_expression': {
      const isDeclaration = kind === 'variable_declarator';
      const left = tree.child(node, isDeclaration ? 'name' : 'left');
      let right = tree.child(node, isDeclaration ? 'value' : 'right');
      while (tree.kind(right) === 'assignment_expression') right = tree.child(right, 'right');
      // A function is named by what it is assigned to: its name leads to it already.
      if (tree.kind(left) === 'identifier' && isDeclaration && /function/.test(tree.kind(right))) return [];
      const value = valueIn(tree, right);
      return value === null
        ? []
        : assignments(tree, left, right, value, placeOf(tree, node, LOOPS, FUNCTIONS));
    }
    case 'field_definition':
    case 'public_field_definition': {
      const key = tree.child(node, 'property') >= 0 ? tree.child(node, 'property') : tree.child(node, 'name');
      const name = keyName(tree, key);
      const value = valueIn(tree, tree.child(node, 'value'));
      return name === null || value?.kind === 'function'
        ? []
        : assign({ kind: 'name', name, at: node }, value, null);
    }
    case 'formal_parameters':
      return [...tree.children(node)].flatMap((child) => {
        const isPattern = tree.kind(child) === 'assignment_pattern';
        const name = isPattern ? tree.child(child, 'left') : tree.child(child, 'pattern');
        const value = isPattern ? tree.child(child, 'right') : tree.child(child, 'value');
        return value < 0 || tree.kind(name) !== 'identifier'
          ? []
          : assign(valueIn(tree, name), valueIn(tree, value), null);
      });
    case 'return_statement':
    case 'yield_expression': {
      const value = valueIn(tree, tree.firstChild(node));
      return value === null ? [] : [{ kind: 'return', value, isElement: kind === 'yield_expression' }];
    }
    case 'arrow_function': {
      const body = tree.child(node, 'body');
      const value = tree.kind(body) === 'statement_block' ? null : valueIn(tree, body);
      return value === null ? [] : [{ kind: 'return', value, isElement: false }];
    }
    case 'call_expression':
    case 'new_expression':
      return callFlow(tree, node);
    case 'throw_statement': {
      const value = valueIn(tree, tree.firstChild(node));
      return value === null || value.kind === 'call'
        ? []
        : [{ kind: 'call', node, callee: value, args: [], arity: 0, isConstruction: true }];
    }
    case 'for_in_statement': {
      const value = valueIn(tree, tree.child(node, 'right'));
      if (value === null) return [];
      const place = { ...placeOf(tree, node, LOOPS, FUNCTIONS), blockEnd: -1 };
      return assignments(tree, tree.child(node, 'left'), -1, { kind: 'element', of: value }, place);
    }
    default:
      return [];
  }
};

export const ECMASCRIPT_FLOW_KINDS: ReadonlySet<string> = new Set([
  'variable_declarator',
  'assignment_expression',
  'field_definition',
  'public_field_definition',
  'formal_parameters',
  'return_statement',
  'yield_expression',
  'arrow_function',
  'call_expression',
  'new_expression',
  'for_in_statement',
]);

/** Functions and methods of the language that call the functions they are given. */
export const ECMASCRIPT_CALLBACK_TAKERS: ReadonlySet<string> = new Set(
  (
    'map forEach filter reduce reduceRight some every find findIndex findLast findLastIndex flatMap sort toSorted from ' +
    'then catch finally setTimeout setInterval setImmediate queueMicrotask nextTick requestAnimationFrame replace replaceAll'
  ).split(' '),
);
