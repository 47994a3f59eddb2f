import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  ModuleRequest,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath } from './call-text.js';
import { blankLinesBetween, commentsAbove, isDirective, lineCommentText } from './comments.js';
import { defineLanguage } from './define-language.js';
import { folderOf, joinPath } from './paths.js';

/** `Point = Struct.new(:x) do … end`: the call that makes the class, or null. */
const classBlock = (tree: SyntaxTree, assignment: number): number | null => {
  const call = tree.child(assignment, 'right');
  if (tree.kind(call) !== 'call' || tree.kind(tree.child(assignment, 'left')) !== 'constant') return null;
  const maker = `${tree.text(tree.child(call, 'receiver'))}.${tree.text(tree.child(call, 'method'))}`;
  return /^(Struct\.new|Class\.new|Module\.new|Data\.define)$/.test(maker) && tree.child(call, 'block') >= 0
    ? call
    : null;
};

/** `define_method(:name) { |a| … }`. */
const describeDefinition = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (!/^define_(singleton_)?method$/.test(tree.text(tree.child(node, 'method')))) return null;
  const argument = tree.firstChild(tree.child(node, 'arguments'));
  const block = tree.child(node, 'block');
  const name = /^(?::|["'])([\w?!=]+)["']?$/.exec(tree.text(argument))?.[1];
  if (block < 0 || name === undefined) return null;
  const list = tree.childOfKind(block, 'block_parameters');
  const parameters = list < 0 ? [] : [...tree.children(list)].map((child) => tree.text(child));
  return {
    name,
    isDefaultExport: false,
    kind: 'method',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    body: block,
    isLexical: false,
    isFileLocal: false,
    parameters,
    arity: [0, Number.POSITIVE_INFINITY],
  };
};

/** Whether a method stands in a class or module, and not at the top of the file. */
const hasOwner = (tree: SyntaxTree, node: number): boolean => {
  for (let at = tree.parent(node); at >= 0; at = tree.parent(at)) {
    const kind = tree.kind(at);
    if (kind === 'class' || kind === 'module' || kind === 'singleton_class') return true;
    if (kind === 'assignment' && classBlock(tree, at) !== null) return true;
    if (kind === 'method') return false;
  }
  return false;
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'call') return describeDefinition(tree, node);
  const name = tree.text(tree.child(node, 'name'));
  const list = tree.child(node, 'parameters');
  const parameters: string[] = [];
  let fewest = 0;
  let most = 0;
  let hasKeywords = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    const own = tree.child(child, 'name');
    parameters.push(tree.text(own >= 0 ? own : child));
    if (kind === 'identifier') fewest++;
    if (kind === 'splat_parameter' || kind === 'forward_parameter') most = Number.POSITIVE_INFINITY;
    else if (kind === 'identifier' || kind === 'optional_parameter' || kind === 'destructured_parameter')
      most++;
    else if (kind.includes('keyword') || kind === 'hash_splat_parameter') hasKeywords = true;
  }
  if (hasKeywords) most = Number.POSITIVE_INFINITY;
  const isMethod = hasOwner(tree, node) || tree.kind(node) === 'singleton_method';
  return {
    name: name === '' ? null : name,
    isDefaultExport: false,
    kind: name === 'initialize' ? 'constructor' : isMethod ? 'method' : 'function',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    // An empty method has no body node, but it has a body.
    body: tree.child(node, 'body') >= 0 ? tree.child(node, 'body') : node,
    isLexical: !isMethod,
    isFileLocal: false,
    parameters,
    arity: [fewest, most],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  if (tree.kind(node) === 'assignment') {
    const made = classBlock(tree, node);
    if (made === null) return null;
    const base =
      tree.text(tree.child(made, 'receiver')) === 'Class'
        ? tree.firstChild(tree.child(made, 'arguments'))
        : -1;
    const superTypes = /^(constant|scope_resolution)$/.test(tree.kind(base))
      ? [tree.text(base).replace(/::/g, '.')]
      : [];
    return { name: tree.text(tree.child(node, 'left')), kind: 'class', superTypes };
  }
  const path = tree
    .text(tree.child(node, 'name'))
    .split('::')
    .filter((part) => part !== '');
  const name = path.pop() ?? '';
  if (name === '') return null;
  const superTypes: string[] = [];
  const parent = tree.child(node, 'superclass');
  if (parent >= 0) superTypes.push(tree.text(tree.firstChild(parent)).replace(/::/g, '.'));
  const body = tree.child(node, 'body');
  for (const statement of body < 0 ? [] : tree.children(body)) {
    if (tree.kind(statement) !== 'call') continue;
    if (!/^(include|extend|prepend)$/.test(tree.text(tree.child(statement, 'method')))) continue;
    for (const mixin of tree.children(tree.child(statement, 'arguments')))
      superTypes.push(tree.text(mixin).replace(/::/g, '.'));
  }
  return { name, kind: 'class', superTypes, owner: path };
};

const NOT_A_CALL =
  /^(method|singleton_method|method_parameters|block_parameters|lambda_parameters|\w*_parameter|call|alias|undef|left_assignment_list|rest_assignment|exception_variable|keyword_parameter|pair|hash_key_symbol)$/;

const describeIdentifier = (tree: SyntaxTree, node: number): CallSite | null => {
  const parent = tree.parent(node);
  const kind = tree.kind(parent);
  const field = tree.field(node);
  if (
    kind === 'call' ? field !== 'receiver' : NOT_A_CALL.test(kind) && !(kind === 'pair' && field === 'value')
  ) {
    if (!/^(optional|keyword)_parameter$/.test(kind) || field !== 'value') return null;
  }
  if (kind === 'assignment' && field === 'left') return null;
  return { name: tree.text(node), receiver: null, arity: 0, isConstruction: false, isTentative: true };
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const kind = tree.kind(node);
  if (kind === 'identifier') return describeIdentifier(tree, node);
  const list = tree.child(node, 'arguments');
  const arity =
    list >= 0 && tree.childOfKind(list, 'pair') >= 0
      ? -1
      : countArguments(tree, list, /splat|block_argument/);
  const method = tree.child(node, 'method');
  if (kind === 'super' || tree.kind(method) === 'super') {
    if (kind === 'super' && tree.kind(tree.parent(node)) === 'call') return null;
    let at = tree.parent(node);
    while (at >= 0 && !/^(singleton_)?method$/.test(tree.kind(at))) at = tree.parent(at);
    const name = tree.text(tree.child(at, 'name'));
    return name === '' ? null : { name, receiver: 'super', arity: -1, isConstruction: false };
  }
  const name = tree.text(method);
  const receiver = tree.child(node, 'receiver');
  if (receiver < 0)
    return /^(require|require_relative|include|extend|prepend|attr_\w+|private|public|protected|raise|lambda|proc|puts|print|p|loop)$/.test(
      name,
    )
      ? null
      : { name, receiver: null, arity, isConstruction: false };
  if (tree.kind(receiver) === 'self') return { name, receiver: 'this', arity, isConstruction: false };
  const path = receiverPath(tree.text(receiver));
  if (name === 'new' && /^\p{Lu}/u.test(path)) {
    const parts = path.split('.');
    return {
      name: parts.at(-1)!,
      receiver: parts.length > 1 ? parts.slice(0, -1).join('.') : null,
      arity,
      isConstruction: true,
    };
  }
  if (path === '?' && /^@\w+$/.test(tree.text(receiver))) {
    return { name, receiver: `this.${tree.text(receiver).slice(1)}`, arity, isConstruction: false };
  }
  return { name, receiver: path, arity, isConstruction: false };
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const method = tree.text(tree.child(node, 'method'));
  if (method !== 'require_relative' && method !== 'require') return [];
  const argument = tree.firstChild(tree.child(node, 'arguments'));
  if (tree.kind(argument) !== 'string') return [];
  const module = tree.text(argument).slice(1, -1);
  return [
    {
      kind: 'import',
      local: '*',
      module: method === 'require_relative' ? `./${module}` : module,
      imported: '*',
    },
  ];
};

const madeClass = (tree: SyntaxTree, value: number): string | null => {
  if (tree.kind(value) !== 'call' || tree.text(tree.child(value, 'method')) !== 'new') return null;
  const path = receiverPath(tree.text(tree.child(value, 'receiver')));
  return path === '?' ? null : path;
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  if (tree.kind(node) === 'assignment') {
    const left = tree.child(node, 'left');
    const type = madeClass(tree, tree.child(node, 'right'));
    if (tree.kind(left) === 'identifier') return [{ name: tree.text(left), type }];
    if (tree.kind(left) === 'instance_variable') return [{ name: `this.${tree.text(left).slice(1)}`, type }];
    if (tree.kind(left) !== 'left_assignment_list') return [];
    return [...tree.children(left)].map((child) => ({ name: tree.text(child), type: null }));
  }
  if (tree.kind(node) === 'exception_variable' || tree.kind(node) === 'for') {
    const name = tree.kind(node) === 'for' ? tree.child(node, 'pattern') : tree.firstChild(node);
    return [{ name: tree.text(name), type: null }];
  }
  return [...tree.children(node)].map((child) => {
    const own = tree.child(child, 'name');
    return { name: tree.text(own >= 0 ? own : child), type: null };
  });
};

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  // `private def x` stands in an argument list: the comment is above the whole.
  let anchor = head.anchor;
  while (/^(argument_list|call)$/.test(tree.kind(tree.parent(anchor)))) anchor = tree.parent(anchor);
  // A signature of Sorbet stands between a method and its doc.
  const before = tree.previous[anchor]!;
  if (tree.kind(before) === 'call' && tree.text(tree.child(before, 'method')) === 'sig') anchor = before;
  let comments = commentsAbove(tree, anchor, (kind) => kind === 'comment');
  const parent = tree.parent(anchor);
  if (comments.length === 0 && tree.kind(parent) === 'body_statement' && tree.previous[anchor]! < 0) {
    // The first method's comment is a child of the class, before its body.
    comments = commentsAbove(tree, parent, (kind) => kind === 'comment');
  }
  const lines: string[] = [];
  let below = tree.starts[anchor]!;
  for (const comment of comments.reverse()) {
    const text = tree.text(comment);
    if (text.startsWith('=begin'))
      return {
        text: text
          .replace(/^=begin\s*/, '')
          .replace(/=end\s*$/, '')
          .trim(),
        inside: -1,
      };
    if (blankLinesBetween(tree.source, tree.ends[comment]!, below) > 0) break;
    if (!isDirective(text.replace(/^#+\s?/, '')) || /^#\s*$/.test(text)) lines.unshift(text);
    below = tree.starts[comment]!;
  }
  const text = lineCommentText(lines, /^#+\s?/);
  return text === '' ? null : { text, inside: -1 };
};

const resolveModule = ({ module, path, hasFile, filesNamed }: ModuleRequest): readonly string[] => {
  const file = module.endsWith('.rb') ? module : `${module}.rb`;
  if (module.startsWith('.')) {
    const found = joinPath(folderOf(path), file);
    return found !== null && hasFile(found) ? [found] : [];
  }
  const base = file.slice(file.lastIndexOf('/') + 1);
  const found = filesNamed(base).filter(
    (other) => other === file || other === `lib/${file}` || other.endsWith(`/lib/${file}`),
  );
  return found.length === 1 ? found : [];
};

/** Ruby: methods and singleton methods, comments above, mixins, `new` as `initialize`. */
export const ruby = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.rb', '.rake'],
    grammar: { package: 'tree-sitter-ruby', wasm: 'tree-sitter-ruby.wasm' },
    functionKinds: new Set(['method', 'singleton_method']),
    commentKinds: new Set(['comment']),
    functionLikeKinds: new Set(['call']),
    scopeKinds: new Set(['class', 'module', 'assignment']),
    constantKinds: new Set(['assignment']),
    callKinds: new Set(['call', 'identifier', 'super']),
    linkKinds: new Set(['call']),
    bindingKinds: new Set([
      'assignment',
      'method_parameters',
      'block_parameters',
      'lambda_parameters',
      'exception_variable',
      'for',
    ]),
    stringKinds: new Set(['string', 'heredoc_body', 'subshell']),
    fieldParents: new Set([
      'method',
      'singleton_method',
      'class',
      'module',
      'call',
      'assignment',
      'optional_parameter',
      'keyword_parameter',
      'splat_parameter',
      'hash_splat_parameter',
      'block_parameter',
      'pair',
      'for',
    ]),
    hasImplicitReceiver: true,
    hasGlobalClasses: true,
    hasPlainDocs: true,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set(
      'new each map select reject find inject reduce join split first last push pop shift unshift size length count to_s to_i to_a to_h to_sym inspect call send keys values key value include include? empty? nil? any? all? merge merge! dup freeze sort sort_by sub gsub match format open read write close puts print name class is_a? respond_to? add delete get set update fetch compact flatten concat start_with? end_with? strip'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
