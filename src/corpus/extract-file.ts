import {
  type AuthorDoc,
  type CallSite,
  codeWithoutComments,
  type FunctionHead,
  type LanguageDefinition,
  type ModuleLink,
  type SyntaxTree,
  type ValueFlow,
} from '../syntax/index.js';

/** A function as found in a file, before it has an id and edges. */
export interface FoundFunction {
  readonly head: FunctionHead;
  readonly name: string;
  readonly qualifiedName: string;
  /** The nearest class around it, or the class that an assignment names; null for a free function. */
  readonly className: string | null;
  readonly start: number;
  readonly end: number;
  readonly signature: string;
  readonly code: string;
  readonly doc: string | null;
}

/** A lexical scope: what the names declared in it stand for. */
export interface FoundScope {
  readonly parent: number;
  /** Function number, or {@link OPAQUE} for a variable, a parameter or anything else. */
  readonly names: Map<string, number>;
  /** Classes of the variables declared here; in a class's scope, of its fields. */
  readonly types: Map<string, string>;
  readonly isClass: boolean;
  /** The function or class node; 0 for the file. */
  readonly node: number;
  /** The named function whose scope this is, or -1. */
  readonly functionNumber: number;
  /** The class whose scope this is, or null. */
  readonly className: string | null;
  readonly parameters: readonly string[];
}

/** A name that hides functions further out without being one. */
export const OPAQUE = -1;

export interface FoundCall {
  /** The nearest named function around the call, or -1 at the top of the file. */
  readonly caller: number;
  readonly className: string | null;
  readonly scope: number;
  readonly node: number;
  readonly site: CallSite;
}

/** A move of a value, in its scope. */
export interface FoundFlow {
  readonly caller: number;
  readonly className: string | null;
  readonly scope: number;
  readonly flow: ValueFlow;
}

export interface FoundClass {
  readonly name: string;
  readonly superTypes: readonly string[];
  /** Classes of its fields, as far as they are declared or assigned. */
  readonly fields: ReadonlyMap<string, string>;
}

/** All that resolution needs to know of a file. */
export interface FileFacts {
  readonly functions: readonly FoundFunction[];
  readonly scopes: readonly FoundScope[];
  readonly calls: readonly FoundCall[];
  readonly flows: readonly FoundFlow[];
  readonly links: readonly ModuleLink[];
  readonly classes: ReadonlyMap<string, FoundClass>;
  /** ERROR and MISSING nodes. */
  readonly errors: number;
}

interface OpenScope {
  readonly end: number;
  readonly names: readonly string[];
  readonly className: string | null;
  readonly functionNumber: number;
  readonly lexical: number;
}

const SIGNATURE_LIMIT = 400;

const newScope = (
  parent: number,
  node: number,
  own: Pick<FoundScope, 'functionNumber' | 'className' | 'parameters'>,
): FoundScope => ({
  parent,
  node,
  names: new Map(),
  types: new Map(),
  isClass: own.className !== null,
  ...own,
});

const NO_ONE = { functionNumber: -1, className: null, parameters: [] };

/** Deeper nesting is no one's code: without a limit, names and sources would grow with the square of depth. */
const NESTING_LIMIT = 64;

const signatureOf = (tree: SyntaxTree, head: FunctionHead, definition: LanguageDefinition): string => {
  const start = tree.starts[head.outer]!;
  const end = head.body >= 0 ? tree.starts[head.body]! : tree.ends[head.outer]!;
  let text = '';
  let from = start;
  for (let at = head.outer; at < tree.after[head.outer]! && tree.starts[at]! < end; at++) {
    if (!definition.commentKinds.has(tree.kind(at))) continue;
    text += tree.source.slice(from, tree.starts[at]!);
    from = tree.ends[at]!;
  }
  if (from < end) text += tree.source.slice(from, Math.min(end, from + 4 * SIGNATURE_LIMIT));
  const line = text.replace(/\s+/g, ' ').replace(/\s*(=>|[{=:])?\s*$/, '');
  return line.length > SIGNATURE_LIMIT ? `${line.slice(0, SIGNATURE_LIMIT - 1)}…` : line;
};

/** The name of a module's nameless default export: that of its file, or of its folder for an index. */
const nameOfFile = (path: string): string => {
  const parts = path.split('/');
  const stem = parts.at(-1)!.replace(/\.[^.]*$/, '');
  const name = stem === 'index' || stem === 'main' ? (parts.at(-2) ?? stem) : stem;
  return name.replace(/[^\p{L}\p{N}_$]+(\p{L}|\p{N})?/gu, (_, letter: string | undefined) =>
    (letter ?? '').toUpperCase(),
  );
};

/** Enters a variable in its scope, or a field, `this.x`, in that of its class. */
const bind = (scopes: readonly FoundScope[], lexical: number, name: string, type: string | null): void => {
  if (!name.startsWith('this.')) {
    const { names, types } = scopes[lexical]!;
    if (!names.has(name)) names.set(name, OPAQUE);
    if (type !== null && !types.has(name)) types.set(name, type);
    return;
  }
  let at = lexical;
  while (at >= 0 && !scopes[at]!.isClass) at = scopes[at]!.parent;
  if (at >= 0 && type !== null) scopes[at]!.types.set(name.slice(5), type);
};

/**
 * One pass over a file's tree: functions with their docs, lexical scopes, calls, imports and exports.
 *
 * Calls inside an anonymous function belong to the nearest named one. Time O(nodes), no recursion.
 */
export const extractFile = (tree: SyntaxTree, definition: LanguageDefinition, path: string): FileFacts => {
  const functions: FoundFunction[] = [];
  const scopes: FoundScope[] = [newScope(-1, 0, NO_ONE)];
  const calls: FoundCall[] = [];
  const flows: FoundFlow[] = [];
  const links: ModuleLink[] = [];
  const classes = new Map<string, FoundClass>();
  const open: OpenScope[] = [{ end: tree.size, names: [], className: null, functionNumber: -1, lexical: 0 }];
  const { functionKinds, scopeKinds, callKinds, linkKinds, bindingKinds, flowKinds } = definition;
  const NOTHING = 0;
  const roles = tree.kindNames.map(
    (kind) =>
      (functionKinds.has(kind) ? 1 : NOTHING) |
      (scopeKinds.has(kind) ? 2 : NOTHING) |
      (callKinds.has(kind) ? 4 : NOTHING) |
      (linkKinds.has(kind) ? 8 : NOTHING) |
      (bindingKinds.has(kind) ? 16 : NOTHING) |
      (flowKinds.has(kind) ? 32 : NOTHING),
  );
  for (let node = 0; node < tree.size; node++) {
    const role = roles[tree.kinds[node]!]!;
    if (role === NOTHING) continue;
    while (open.at(-1)!.end <= node) open.pop();
    let around = open.at(-1)!;
    if ((role & 2) !== 0) {
      const scope = definition.describeScope(tree, node);
      if (scope !== null) {
        const names = [...around.names, scope.name].slice(-NESTING_LIMIT);
        const lexical = scopes.length;
        const owner = scope.kind === 'class' ? scope.name : null;
        scopes.push(newScope(around.lexical, node, { ...NO_ONE, className: owner }));
        around = { ...around, end: tree.after[node]!, names, className: scope.name, lexical };
        open.push(around);
        const { name, superTypes } = scope;
        const known = classes.get(name);
        if (known === undefined || known.superTypes.length < superTypes.length) {
          classes.set(name, { name, superTypes, fields: scopes[lexical]!.types });
        }
      }
    }
    if ((role & 1) !== 0) {
      const head = definition.describeFunction(tree, node);
      const lexical = scopes.length;
      let next: OpenScope = { ...around, end: tree.after[node]!, lexical };
      const name = head?.name ?? (head?.isDefaultExport ? nameOfFile(path) : null);
      const isNamed = head !== null && head.body >= 0 && name !== null && name !== '';
      const isKept = isNamed && around.names.length < NESTING_LIMIT;
      scopes.push(
        newScope(around.lexical, node, {
          functionNumber: isKept ? functions.length : -1,
          className: null,
          parameters: head?.parameters ?? [],
        }),
      );
      if (isKept) {
        const number = functions.length;
        const names = [...around.names, ...head.owner, name];
        const className = head.isLexical ? null : (head.owner.at(-1) ?? around.className);
        const doc: AuthorDoc | null = definition.findDoc(tree, node, head);
        functions.push({
          head,
          name,
          qualifiedName: names.join('.'),
          className,
          start: tree.starts[head.outer]!,
          end: tree.ends[head.outer]!,
          signature: signatureOf(tree, head, definition),
          code: codeWithoutComments(
            tree,
            head.outer,
            definition,
            doc !== null && doc.inside >= 0 ? [doc.inside] : [],
          ),
          doc: doc?.text ?? null,
        });
        if (head.isLexical) scopes[around.lexical]!.names.set(name, number);
        const owner = head.ownerIsClass ? head.owner.at(-1) : undefined;
        if (owner !== undefined && !classes.has(owner)) {
          classes.set(owner, { name: owner, superTypes: [], fields: new Map() });
        }
        if (head.isDefaultExport) links.push({ kind: 'export', exported: 'default', local: `\0${number}` });
        next = { ...next, names, functionNumber: number, className: className ?? around.className };
      }
      open.push(next);
      around = next;
    }
    if ((role & 16) !== 0) {
      for (const { name, type } of definition.describeBindings(tree, node))
        bind(scopes, around.lexical, name, type);
    }
    if ((role & 8) !== 0) {
      for (const link of definition.describeLinks(tree, node)) {
        links.push(link);
        if (link.kind === 'import' && around.lexical > 0) {
          // A require inside a function is as good as one at the top: only the names must not be hidden.
          scopes[around.lexical]!.names.delete(link.local);
        }
      }
    }
    if ((role & 4) !== 0) {
      const site = definition.describeCall(tree, node);
      if (site !== null && site.name !== '') {
        calls.push({
          caller: around.functionNumber,
          className: around.className,
          scope: around.lexical,
          node,
          site,
        });
      }
    }
    if ((role & 32) !== 0) {
      for (const flow of definition.describeFlows(tree, node)) {
        const { functionNumber, className, lexical } = around;
        flows.push({ caller: functionNumber, className, scope: lexical, flow });
      }
    }
  }
  return { functions, scopes, calls, flows, links, classes, errors: tree.errors };
};
