import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';
import { packageFiles } from './package-folders.js';

const isComment = (kind: string): boolean => kind === 'comment' || kind === 'block_comment';

const plainName = (text: string): string => text.replace(/^`(.*)`$/, '$1');

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'lambda_expression') return null;
  const parameters: string[] = [];
  let lists = 0;
  let fewest = 0;
  let most = 0;
  for (const list of tree.children(node)) {
    if (tree.kind(list) !== 'parameters') continue;
    for (const child of tree.children(list)) {
      if (tree.kind(child) !== 'parameter') continue;
      parameters.push(plainName(tree.text(tree.child(child, 'name'))));
      // f(x)(y) is a call of a call: only the first list counts.
      if (lists > 0) continue;
      const isRepeated = tree.childOfKind(child, 'repeated_parameter_type') >= 0;
      if (isRepeated) most = Number.POSITIVE_INFINITY;
      else most++;
      if (!isRepeated && tree.child(child, 'default_value') < 0) fewest++;
    }
    lists++;
  }
  const holder = tree.kind(tree.parent(node));
  const isMember = /^(template_body|with_template_body|enum_body|extension_definition)$/.test(holder);
  const name = plainName(tree.text(tree.child(node, 'name')));
  return {
    name: name || null,
    isDefaultExport: false,
    kind: name === 'this' ? 'constructor' : isMember ? 'method' : 'function',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: holder === 'extension_definition' ? tree.parent(node) : node,
    body: tree.child(node, 'body'),
    isLexical: !isMember,
    isFileLocal: false,
    parameters,
    arity: [fewest, most],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const name = plainName(tree.text(tree.child(node, 'name')));
  if (name === '') return null;
  const superTypes: string[] = [];
  const bases = tree.child(node, 'extend');
  for (const base of bases < 0 ? [] : tree.children(bases)) {
    if (tree.kind(base) === 'arguments') continue;
    const found = typeName(tree.text(base));
    if (found !== null) superTypes.push(found);
  }
  return { name, kind: 'class', superTypes };
};

const receiverOf = (text: string): string =>
  text.length > 200 ? '?' : receiverPath(text.replace(/\[[^[\]()]*\]/g, ''));

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  if (tree.kind(node) === 'infix_expression') {
    const operator = tree.child(node, 'operator');
    if (tree.kind(operator) !== 'identifier') return null;
    const receiver = receiverOf(tree.text(tree.child(node, 'left')));
    return { name: plainName(tree.text(operator)), receiver, arity: 1, isConstruction: false };
  }
  const list =
    tree.kind(node) === 'instance_expression'
      ? tree.childOfKind(node, 'arguments')
      : tree.child(node, 'arguments');
  const isBlock = /^(block|case_block|colon_argument)$/.test(tree.kind(list));
  const isSpread = list >= 0 && /(:\s*_\*|\*)\s*\)$/.test(tree.text(list).slice(-12));
  const arity = isBlock ? 1 : isSpread ? -1 : countArguments(tree, list);
  if (tree.kind(node) === 'instance_expression') {
    const type = tree.firstChild(node);
    const name = /type|identifier/.test(tree.kind(type)) ? typeName(tree.text(type)) : null;
    return name === null ? null : { name, receiver: null, arity, isConstruction: true };
  }
  let callee = tree.child(node, 'function');
  if (tree.kind(callee) === 'generic_function') callee = tree.child(callee, 'function');
  if (tree.kind(callee) === 'identifier') {
    const name = plainName(tree.text(callee));
    // `this(…)` is most often the primary constructor, which has no body.
    if (name === 'this') return null;
    return { name, receiver: null, arity, isConstruction: false };
  }
  if (tree.kind(callee) !== 'field_expression') return null;
  return {
    name: plainName(tree.text(tree.child(callee, 'field'))),
    receiver: receiverOf(tree.text(tree.child(callee, 'value'))),
    arity,
    isConstruction: false,
  };
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  const text = tree.text(node).replace(/^import\s+/, '');
  // `import a.b.{C, D => E}, f.g`: commas in braces part names, others part paths.
  for (const part of text.split(/,(?![^{}]*\})/)) {
    const [, path, names] =
      /^\s*([\w.`\s]+?)\s*\.\s*(\{[^{}]*\}|[\w`*]+(?:\s+as\s+\w+)?)\s*$/.exec(part) ?? [];
    if (path === undefined || names === undefined) continue;
    const module = path.replace(/[\s`]+/g, '');
    for (const name of names.replace(/[{}`]/g, '').split(',')) {
      const [, imported, alias] = /^\s*(\w+|\*)(?:\s*(?:=>|\bas\b)\s*(\w+))?\s*$/.exec(name) ?? [];
      if (imported === undefined || alias === '_') continue;
      if (imported === '_' || imported === '*')
        links.push({ kind: 'import', local: '*', module, imported: '*' });
      else links.push({ kind: 'import', local: alias ?? imported, module, imported });
    }
  }
  return links;
};

/** The class that a value names: `new T(…)`, `T(…)`. */
const valueType = (text: string): string | null =>
  /^(?:new\s+)?(?:\w+\.)*([A-Z]\w*)\s*(?:\[[^()]*\])?(?:\(|$)/.exec(text)?.[1] ?? null;

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const isVariable = /^va[lr]_/.test(tree.kind(node));
  const name = tree.text(tree.child(node, isVariable ? 'pattern' : 'name'));
  if (!/^\w+$/.test(name)) return [];
  const type = tree.child(node, 'type');
  if (type >= 0) return [{ name, type: typeName(tree.text(type)) }];
  return [{ name, type: isVariable ? valueType(tree.text(tree.child(node, 'value')).slice(0, 120)) : null }];
};

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** Scala 2 and 3: methods and functions in braces or by indentation, Scaladoc, imports by package. */
export const scala = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.scala', '.sc'],
    grammar: { package: 'tree-sitter-scala', wasm: 'tree-sitter-scala.wasm' },
    functionKinds: new Set(['function_definition', 'lambda_expression']),
    commentKinds: new Set(['comment', 'block_comment']),
    scopeKinds: new Set([
      'class_definition',
      'trait_definition',
      'object_definition',
      'enum_definition',
      'package_object',
      'given_definition',
    ]),
    typeKinds: new Set(['type_definition']),
    constantKinds: new Set(['val_definition', 'var_definition']),
    callKinds: new Set(['call_expression', 'instance_expression', 'infix_expression']),
    linkKinds: new Set(['import_declaration']),
    bindingKinds: new Set([
      'val_definition',
      'var_definition',
      'val_declaration',
      'var_declaration',
      'class_parameter',
      'parameter',
      'binding',
    ]),
    stringKinds: new Set(['string', 'interpolated_string']),
    fieldParents: new Set([
      'function_definition',
      'class_definition',
      'trait_definition',
      'object_definition',
      'enum_definition',
      'package_object',
      'given_definition',
      'call_expression',
      'generic_function',
      'field_expression',
      'infix_expression',
      'val_definition',
      'var_definition',
      'val_declaration',
      'var_declaration',
      'class_parameter',
      'parameter',
      'binding',
    ]),
    snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n}' }],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule: (request) => packageFiles(request, '.scala'),
    commonNames: new Set(
      'add andThen append apply asInstanceOf assert asString collect compose contains copy count delay diff distinct drop equals exists fail filter filterNot find flatMap flatten fold foldLeft foldRight forall foreach format get getOrElse groupBy handle hashCode head headOption indexOf isDefined isEmpty isInstanceOf iterator join last length lift map mapValues max min mkString next nonEmpty orElse parse partition print println pure put raise read recover reduce remove replace require reverse run send size slice sortBy sorted split startsWith sum tail take tap test toArray toInt toList toMap toSeq toSet toString toVector trim unapply update updated value values withFilter write zip zipWithIndex'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
