import type { SyntaxTree } from '../syntax-tree.js';

/** Calls that give back the function handed to them, in another wrapping. */
const WRAPPER =
  /^(\$constructor|action|asyncHandler|cache|callbackify|catchAsync|curry(N|Right)?|debounce|deprecate|forwardRef|inject|memo|memoi[sz]e(One|d)?|observer|once|partial(Right)?|pure|promisify|promisifyAll|rateLimit|rearg|throttle|unary|ary|wrap|use\w*(Callback|Event|Handler|Fn))$/;

/** `Object.assign(f, { … })` gives back `f`. */
const FIRST_ARGUMENT_BACK =
  /^(assign|extend|forwardRef|memo|defineProperty|defineProperties|freeze|observer)$/;

/** Calls that take a function and give back something else: what it found, made or registered. */
const CALLBACK_TAKER =
  /^(add\w*|after(All|Each)?|all|any|assert|at|attempt|before(All|Each)?|catch|chain|countBy|define|describe|drop(Right)?While|each|every|expect|filter(\w*)|finally|find(\w*)|first|flatMap(\w*)?|forEach(\w*)?|forOwn|from|fold\w*|groupBy|index\w*|invokeMap|it|keyBy|last|map(\w*)|max(By)?|mean(By)?|min(By)?|on|once|omitBy|orderBy|partition|pickBy|queueMicrotask|race|reduce(\w*)|reject|remove|replace(All)?|require|requestAnimationFrame|set(Immediate|Interval|Timeout)|some|sort(\w*)|split|suite|sum(By)?|take(Right)?While|tap|test|then|times|toSorted|transform|uniq(By|With)|unionBy|zipWith|\$|jQuery)$/;

/** Hooks give back values, unless their names say that it is a function. */
const HOOK = /^use[A-Z]/;

const isFunction = (kind: string): boolean =>
  kind === 'arrow_function' || kind === 'function_expression' || kind === 'generator_function';

/** Names of a file that are called, built or rendered, bare and as members, and those that leave it. */
interface Uses {
  readonly called: ReadonlySet<string>;
  readonly calledMembers: ReadonlySet<string>;
  readonly exported: ReadonlySet<string>;
}

const knownUses = new WeakMap<SyntaxTree, Uses>();

/** Found once for a file, and only for one that asks whether the value of some call is a function. */
const usesOf = (tree: SyntaxTree): Uses => {
  let uses = knownUses.get(tree);
  if (uses !== undefined) return uses;
  const called = new Set<string>();
  const calledMembers = new Set<string>();
  const exported = new Set<string>();
  for (let node = 0; node < tree.size; node++) {
    switch (tree.kind(node)) {
      case 'call_expression':
      case 'new_expression': {
        const callee = tree.child(node, tree.kind(node) === 'new_expression' ? 'constructor' : 'function');
        if (tree.kind(callee) === 'identifier') called.add(tree.text(callee));
        else if (tree.kind(callee) === 'member_expression') {
          calledMembers.add(tree.text(tree.child(callee, 'property')));
        }
        break;
      }
      case 'jsx_opening_element':
      case 'jsx_self_closing_element':
        called.add(tree.text(tree.firstChild(node)));
        break;
      case 'export_specifier':
        exported.add(tree.text(tree.firstChild(node)));
        break;
      case 'export_statement': {
        const value = tree.child(node, 'value');
        if (tree.kind(value) === 'identifier') exported.add(tree.text(value));
        break;
      }
      case 'assignment_expression': {
        // `module.exports = f`, `library.f = f`
        const right = tree.child(node, 'right');
        if (tree.kind(right) === 'identifier' && tree.kind(tree.child(node, 'left')) === 'member_expression')
          exported.add(tree.text(right));
        break;
      }
    }
  }
  uses = { called, calledMembers, exported };
  knownUses.set(tree, uses);
  return uses;
};

/** The last name of what is called: `memo` of `React.memo(…)`, `connect` of `connect(a)(…)`. */
const calleeName = (tree: SyntaxTree, call: number): string => {
  let callee = tree.child(call, 'function');
  while (tree.kind(callee) === 'call_expression') callee = tree.child(callee, 'function');
  if (tree.kind(callee) === 'member_expression') return tree.text(tree.child(callee, 'property'));
  return tree.kind(callee) === 'identifier' ? tree.text(callee) : '';
};

/** Whether the value of a call is the function that it was given: surely, if its use says so, or not at all. */
const callValue = (tree: SyntaxTree, call: number, argument: number): 'function' | 'open' | 'other' => {
  if (tree.kind(call) !== 'call_expression') return 'other';
  const name = calleeName(tree, call);
  const others: number[] = [];
  for (const child of tree.children(tree.child(call, 'arguments')))
    if (child !== argument && tree.kind(child) !== 'comment') others.push(child);
  const isFirst = others.every((other) => other > argument);
  if (FIRST_ARGUMENT_BACK.test(name)) return isFirst ? 'function' : 'other';
  if (others.some((other) => isFunction(tree.kind(other)))) return 'other';
  if (WRAPPER.test(name)) return 'function';
  if (name === '' || HOOK.test(name) || CALLBACK_TAKER.test(name)) return 'other';
  return 'open';
};

const LITERAL = /^(string|template_string|object|array|number|true|false|null|comment)$/;

/** The value of a call, and the function among its arguments. */
interface OpenCall {
  readonly call: number;
  readonly argument: number;
}

/** Whether the place that takes a value which may be a function uses it as one, or looks as if it did. */
const isUsedAsFunction = (tree: SyntaxTree, value: number, { call, argument }: OpenCall): boolean => {
  const place = tree.parent(value);
  const isLone = [...tree.children(tree.child(call, 'arguments'))].every(
    (other) => other === argument || LITERAL.test(tree.kind(other)),
  );
  switch (tree.kind(place)) {
    case 'export_statement':
      return true;
    case 'variable_declarator': {
      const name = tree.text(tree.child(place, 'name'));
      const { called, exported } = usesOf(tree);
      if (called.has(name) || exported.has(name)) return true;
      if (tree.kind(tree.parent(tree.parent(place))) === 'export_statement') return true;
      if (!isLone) return false;
      // Like a component, or like what listens to an event.
      return /^(\p{Lu}[\p{L}\p{N}]*\p{Ll}|(on|handle)\p{Lu})/u.test(name);
    }
    case 'assignment_expression':
    case 'augmented_assignment_expression': {
      const left = tree.firstChild(place);
      if (tree.kind(left) === 'identifier') return usesOf(tree).called.has(tree.text(left));
      if (tree.kind(left) !== 'member_expression') return false;
      if (usesOf(tree).calledMembers.has(tree.text(tree.child(left, 'property')))) return true;
      return isLone && tree.kind(tree.child(left, 'object')) !== 'this';
    }
    case 'pair':
    case 'field_definition':
    case 'public_field_definition': {
      const { calledMembers } = usesOf(tree);
      for (const child of tree.children(place))
        if (child < value && calledMembers.has(tree.text(child))) return true;
      return false;
    }
    default:
      return false;
  }
};

/**
 * Up from a function expression to what stands for it in the place that names it, through parentheses, casts and
 * wrapping calls: `React.memo(f)` in `const A = React.memo(f)`.
 *
 * @returns -1 where a call takes the function and gives back something else, or nothing that is used as one.
 */
export const namingPlace = (tree: SyntaxTree, node: number): number => {
  let at = node;
  let open: OpenCall | null = null;
  for (;;) {
    const parent = tree.parent(at);
    switch (tree.kind(parent)) {
      case 'parenthesized_expression':
      case 'as_expression':
      case 'satisfies_expression':
      case 'non_null_expression':
        at = parent;
        continue;
      case 'arguments': {
        const call = tree.parent(parent);
        const value = callValue(tree, call, at);
        if (value === 'other') return -1;
        if (value === 'open') open = { call, argument: at };
        at = call;
        continue;
      }
    }
    return open === null || isUsedAsFunction(tree, at, open) ? at : -1;
  }
};
