import type { SyntaxTree } from '../syntax-tree.js';
import type { FlowArgument, ValueExpression, ValueFlow } from '../value-flow.js';
import { countArguments, typeName } from './call-text.js';
import { placeOf } from './flow-place.js';

const LOOPS: ReadonlySet<string> = new Set([
  'for_statement',
  'enhanced_for_statement',
  'while_statement',
  'do_statement',
]);
const FUNCTIONS: ReadonlySet<string> = new Set([
  'method_declaration',
  'constructor_declaration',
  'lambda_expression',
  'class_body',
]);
const DEPTH = 8;

/** What an expression may stand for: an object, or null for a value without methods of ours. */
const valueIn = (tree: SyntaxTree, node: number, depth = 0): ValueExpression | null => {
  if (node < 0 || depth > DEPTH) return null;
  const inner = (child: number) => valueIn(tree, child, depth + 1);
  switch (tree.kind(node)) {
    case 'identifier':
      return { kind: 'name', name: tree.text(node), at: node };
    case 'this':
      return { kind: 'receiver', isSuper: false };
    case 'super':
      return { kind: 'receiver', isSuper: true };
    case 'field_access': {
      const object = inner(tree.child(node, 'object'));
      return object === null
        ? null
        : { kind: 'member', object, name: tree.text(tree.child(node, 'field')), at: node };
    }
    case 'array_access': {
      const object = inner(tree.child(node, 'array'));
      return object === null ? null : { kind: 'element', of: object };
    }
    case 'object_creation_expression':
      // An anonymous class overrides what it likes.
      return tree.childOfKind(node, 'class_body') >= 0 ? null : { kind: 'call', node };
    case 'method_invocation':
      return { kind: 'call', node };
    case 'parenthesized_expression':
      return inner(tree.firstChild(node));
    case 'cast_expression':
      return {
        kind: 'cast',
        of: inner(tree.child(node, 'value')),
        type: typeName(tree.text(tree.child(node, 'type'))) ?? '',
      };
    case 'assignment_expression':
      return inner(tree.child(node, 'right'));
    case 'ternary_expression': {
      const of = ['consequence', 'alternative']
        .map((field) => inner(tree.child(node, field)))
        .filter((value) => value !== null);
      return of.length === 0 ? null : { kind: 'either', of };
    }
    default:
      return null;
  }
};

const argumentsOf = (tree: SyntaxTree, list: number): FlowArgument[] => {
  const args: FlowArgument[] = [];
  let position = 0;
  for (const child of list < 0 ? [] : tree.children(list)) {
    if (tree.kind(child).endsWith('comment')) continue;
    const value = valueIn(tree, child);
    if (value !== null) args.push({ position, keyword: null, value });
    position++;
  }
  return args;
};

/** How objects move through a node of Java. */
export const describeJavaFlows = (tree: SyntaxTree, node: number): readonly ValueFlow[] => {
  switch (tree.kind(node)) {
    case 'variable_declarator':
    case 'assignment_expression': {
      const isDeclaration = tree.kind(node) === 'variable_declarator';
      const target = valueIn(tree, tree.child(node, isDeclaration ? 'name' : 'left'));
      const value = valueIn(tree, tree.child(node, isDeclaration ? 'value' : 'right'));
      if (target === null || value === null || !/^(name|member)$/.test(target.kind)) return [];
      return [{ kind: 'assign', target, value, place: placeOf(tree, node, LOOPS, FUNCTIONS) }];
    }
    case 'return_statement': {
      const value = valueIn(tree, tree.firstChild(node));
      return value === null ? [] : [{ kind: 'return', value, isElement: false }];
    }
    case 'method_invocation':
    case 'object_creation_expression':
    case 'explicit_constructor_invocation': {
      const list = tree.child(node, 'arguments');
      const args = argumentsOf(tree, list);
      const name = tree.text(tree.child(node, 'name'));
      const object = tree.kind(node) === 'method_invocation' ? tree.child(node, 'object') : -1;
      const receiver = object < 0 ? null : valueIn(tree, object);
      if (args.length === 0 && (receiver === null || receiver.kind === 'name')) return [];
      const callee: ValueExpression | null =
        receiver === null ? null : { kind: 'member', object: receiver, name, at: node };
      return [
        { kind: 'call', node, callee, args, arity: countArguments(tree, list), isConstruction: object < 0 },
      ];
    }
    default:
      return [];
  }
};

export const JAVA_FLOW_KINDS: ReadonlySet<string> = new Set([
  'variable_declarator',
  'assignment_expression',
  'return_statement',
  'method_invocation',
  'object_creation_expression',
  'explicit_constructor_invocation',
]);
