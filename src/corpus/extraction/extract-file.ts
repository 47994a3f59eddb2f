import {
  type AuthorDoc,
  codeWithoutComments,
  type FunctionHead,
  type LanguageDefinition,
  type ModuleLink,
  type SyntaxTree,
} from '../../syntax/index.js';
import { describesNothing } from '../docs/bare-comment.js';
import { type DocKind, kindOfDoc } from '../docs/doc-kind.js';
import { constantUnit, moduleUnit, typeUnit } from './declared-units.js';
import { attachMethods, classUnit, fileUnit, signatureOf } from './describe-unit.js';
import {
  type FileFacts,
  type FoundCall,
  type FoundClass,
  type FoundFunction,
  type FoundScope,
  type FoundUnit,
  OPAQUE,
} from './file-facts.js';
import type { Granularity } from './granularity.js';

interface OpenScope {
  readonly end: number;
  readonly names: readonly string[];
  readonly className: string | null;
  readonly functionNumber: number;
  readonly lexical: number;
  readonly unit: FoundUnit | null;
}

/** What {@link extractFile} takes for a function. */
export interface ExtractFileOptions {
  /** @defaultValue 'function' */
  readonly granularity?: Granularity;
}

/** Most scopes declare nothing: they share a map until they do. */
const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type OpenedScope = Writable<FoundScope>;

const newScope = (parent: number, isClass: boolean): OpenedScope => ({
  parent,
  names: NOTHING,
  // Shared with its class, which is described before its fields are known.
  types: isClass ? new Map() : NOTHING,
  isClass,
});

const declare = <K extends 'names' | 'types'>(
  scope: OpenedScope,
  table: K,
  name: string,
  value: K extends 'names' ? number : string,
): void => {
  if (scope[table] === NOTHING) scope[table] = new Map() as OpenedScope[K];
  (scope[table] as Map<string, number | string>).set(name, value);
};

/** Deeper nesting is no one's code: without a limit, names and sources would grow with the square of depth. */
const NESTING_LIMIT = 64;

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
const bind = (scopes: readonly OpenedScope[], lexical: number, name: string, type: string | null): void => {
  if (!name.startsWith('this.')) {
    const scope = scopes[lexical]!;
    if (!scope.names.has(name)) declare(scope, 'names', name, OPAQUE);
    if (type !== null && !scope.types.has(name)) declare(scope, 'types', name, type);
    return;
  }
  let at = lexical;
  while (at >= 0 && !scopes[at]!.isClass) at = scopes[at]!.parent;
  if (at >= 0 && type !== null) declare(scopes[at]!, 'types', name.slice(5), type);
};

/** What each node kind of a grammar is to the extraction, as bits. */
const FUNCTION = 1;
const SCOPE = 2;
const CALL = 4;
const LINK = 8;
const BINDING = 16;
const TYPE = 32;
const CONSTANT = 64;

const knownRoles = new WeakMap<readonly string[], Uint8Array>();

/** Trees read by one parser share their table of kinds. */
const rolesOf = (kindNames: readonly string[], definition: LanguageDefinition): Uint8Array => {
  let roles = knownRoles.get(kindNames);
  if (roles === undefined) {
    const {
      functionKinds,
      functionLikeKinds,
      scopeKinds,
      callKinds,
      linkKinds,
      bindingKinds,
      typeKinds,
      constantKinds,
    } = definition;
    roles = Uint8Array.from(
      kindNames,
      (kind) =>
        (functionKinds.has(kind) || functionLikeKinds?.has(kind) === true ? FUNCTION : 0) |
        (scopeKinds.has(kind) ? SCOPE : 0) |
        (callKinds.has(kind) ? CALL : 0) |
        (linkKinds.has(kind) ? LINK : 0) |
        (bindingKinds.has(kind) ? BINDING : 0) |
        (typeKinds.has(kind) ? TYPE : 0) |
        (constantKinds.has(kind) ? CONSTANT : 0),
    );
    knownRoles.set(kindNames, roles);
  }
  return roles;
};

/** Whether recovery from a syntax error took a statement for a function; a method may bear any name. */
const isReserved = (
  name: string,
  { kind }: FunctionHead,
  tree: SyntaxTree,
  { reservedWords }: LanguageDefinition,
): boolean => (kind === 'function' || tree.errors > 0) && reservedWords?.has(name) === true;

/** The doc of a function with its kind; a bare comment that describes nothing is none. */
const docOf = (
  tree: SyntaxTree,
  definition: LanguageDefinition,
  node: number,
  head: FunctionHead,
  name: string,
): { readonly doc: AuthorDoc | null; readonly docKind: DocKind | null } => {
  const doc = definition.findDoc(tree, node, head);
  const docKind = kindOfDoc(tree, definition, doc, head.anchor);
  return docKind === 'comment' && describesNothing(doc!.text, name)
    ? { doc: null, docKind: null }
    : { doc, docKind };
};

/**
 * One pass over a file's tree: functions with their docs, lexical scopes, calls, imports and exports.
 *
 * Calls inside an anonymous function belong to the nearest named one. Time O(nodes), no recursion.
 */
export const extractFile = (
  tree: SyntaxTree,
  definition: LanguageDefinition,
  path: string,
  { granularity = 'function' }: ExtractFileOptions = {},
): FileFacts => {
  const functions: FoundFunction[] = [];
  const scopes: OpenedScope[] = [newScope(-1, false)];
  const calls: FoundCall[] = [];
  const links: ModuleLink[] = [];
  const classes = new Map<string, FoundClass>();
  const file = granularity === 'file' ? fileUnit(tree, definition, path) : null;
  const wholeFile = file?.unit ?? null;
  const units: FoundUnit[] = wholeFile === null ? [] : [wholeFile];
  /** At `class`, the unit of each function and call until all units are known. */
  const unitOfFunction: (FoundUnit | null)[] = [];
  const unitOfCall: (FoundUnit | null)[] = [];
  /** Docs inside what they describe, which no code shows. */
  const insideDocs: number[] = file === null || file.insideDoc < 0 ? [] : [file.insideDoc];
  const unitNodes = new Map<FoundUnit, number>();
  /** At `module`, what has a unit of its own. */
  const isModule = granularity === 'module';
  const taken = new Set<number>();
  const addUnit = (found: { unit: FoundUnit; outer: number; insideDoc: number }): void => {
    if (found.insideDoc >= 0) {
      insideDocs.push(found.insideDoc);
      taken.add(found.insideDoc);
    }
    units.push(found.unit);
    unitNodes.set(found.unit, found.outer);
    taken.add(found.outer);
  };
  let around: OpenScope = {
    end: tree.size,
    names: [],
    className: null,
    functionNumber: -1,
    lexical: 0,
    unit: wholeFile,
  };
  const open: OpenScope[] = [around];
  const { kinds, after } = tree;
  const roles = rolesOf(tree.kindNames, definition);
  for (let node = 0; node < tree.size; node++) {
    const role = roles[kinds[node]!]!;
    if (role === 0) continue;
    while (around.end <= node) {
      open.pop();
      around = open.at(-1)!;
    }
    if ((role & SCOPE) !== 0) {
      const scope = definition.describeScope(tree, node);
      if (scope !== null) {
        const names = [...around.names, ...(scope.owner ?? []), scope.name].slice(-NESTING_LIMIT);
        const lexical = scopes.length;
        scopes.push(newScope(around.lexical, scope.kind === 'class'));
        let { unit } = around;
        if (granularity !== 'function' && scope.kind === 'class' && around.names.length < NESTING_LIMIT) {
          const found = classUnit(tree, node, definition, scope.name, names.join('.'));
          if (found !== null && granularity === 'file' && found.insideDoc >= 0)
            insideDocs.push(found.insideDoc);
          if (found !== null && granularity !== 'file') addUnit(found);
          if (found !== null && granularity === 'class') unit = found.unit;
        }
        const end = after[scope.isOpenEnded === true ? Math.max(0, tree.parent(node)) : node]!;
        around = {
          end,
          names,
          className: scope.name,
          functionNumber: around.functionNumber,
          lexical,
          unit,
        };
        open.push(around);
        const { name, superTypes } = scope;
        const known = classes.get(name);
        if (known === undefined || known.superTypes.length < superTypes.length) {
          classes.set(name, { name, superTypes, fields: scopes[lexical]!.types });
        }
      }
    }
    const head = (role & FUNCTION) === 0 ? null : definition.describeFunction(tree, node);
    if (head !== null) {
      const lexical = scopes.length;
      const next: Writable<OpenScope> = {
        end: after[node]!,
        names: around.names,
        className: around.className,
        functionNumber: around.functionNumber,
        lexical,
        unit: around.unit,
      };
      const name = head.name ?? (head.isDefaultExport ? nameOfFile(path) : null);
      const isNamed =
        head !== null &&
        head.body >= 0 &&
        name !== null &&
        name !== '' &&
        !isReserved(name, head, tree, definition);
      const isKept = isNamed && around.names.length < NESTING_LIMIT;
      scopes.push(newScope(around.lexical, false));
      if (isKept) {
        const number = functions.length;
        const names = [...around.names, ...head.owner, name];
        const className = head.isLexical ? null : (head.owner.at(-1) ?? around.className);
        const { doc, docKind } = docOf(tree, definition, node, head, name);
        const inside = doc !== null && doc.inside >= 0 ? [doc.inside] : [];
        // What stands in a class or file that is a unit itself is told by that.
        const isUnit =
          granularity === 'function' ||
          isModule ||
          (granularity === 'class' && around.unit?.kind !== 'class');
        const found: Writable<FoundFunction> = {
          head,
          kind: head.kind,
          name,
          qualifiedName: names.join('.'),
          className,
          start: tree.starts[head.from ?? head.outer]!,
          end: tree.ends[head.outer]!,
          signature: signatureOf(tree, head, definition),
          parameters: head.parameters,
          code: isUnit ? codeWithoutComments(tree, head.outer, definition, inside, head.from) : '',
          doc: doc?.text ?? null,
          docKind,
          unit: number,
        };
        if (tree.errors > 0 && tree.hasError(head.outer)) found.hasSyntaxError = true;
        functions.push(found);
        if (granularity !== 'function') insideDocs.push(...inside);
        if (isModule) taken.add(head.outer);
        const unit = isUnit ? found : around.unit;
        if (isUnit) units.push(found);
        unitOfFunction.push(unit);
        if (head.isLexical) declare(scopes[around.lexical]!, 'names', name, number);
        const owner = head.ownerIsClass ? head.owner.at(-1) : undefined;
        if (owner !== undefined && !classes.has(owner)) {
          classes.set(owner, { name: owner, superTypes: [], fields: new Map() });
        }
        if (head.isDefaultExport) links.push({ kind: 'export', exported: 'default', local: `\0${number}` });
        next.names = names;
        next.functionNumber = number;
        next.className = className ?? around.className;
        next.unit = unit;
      }
      open.push(next);
      around = next;
    }
    if ((role & TYPE) !== 0 && (isModule || granularity === 'class') && around.names.length < NESTING_LIMIT) {
      const found = typeUnit(tree, node, definition, around.names);
      if (found !== null) addUnit(found);
    }
    if ((role & CONSTANT) !== 0 && isModule && around.functionNumber < 0 && around.className === null) {
      const found = constantUnit(tree, node, definition, around.names);
      if (found !== null) addUnit(found);
    }
    if ((role & BINDING) !== 0) {
      for (const { name, type } of definition.describeBindings(tree, node))
        bind(scopes, around.lexical, name, type);
    }
    if ((role & LINK) !== 0) {
      for (const link of definition.describeLinks(tree, node)) {
        links.push(link);
        if (link.kind === 'import' && around.lexical > 0) {
          // A require inside a function is as good as one at the top: only the names must not be hidden.
          const scope = scopes[around.lexical]!;
          if (scope.names.has(link.local)) (scope.names as Map<string, number>).delete(link.local);
        }
      }
    }
    if ((role & CALL) !== 0) {
      const site = definition.describeCall(tree, node);
      if (site !== null && site.name !== '') {
        calls.push({
          caller: around.functionNumber,
          className: around.className,
          scope: around.lexical,
          site,
          unit: around.functionNumber,
        });
        unitOfCall.push(around.unit);
      }
    }
  }
  const facts = { functions, scopes, calls, links, classes, errors: tree.errors };
  if (granularity === 'function') return { ...facts, units };
  const own = isModule ? moduleUnit(tree, definition, path, taken) : null;
  if (own !== null) {
    units.unshift(own);
    unitOfCall.forEach((unit, number) => {
      if (unit === null) unitOfCall[number] = own;
    });
  }
  const finished = attachMethods(tree, definition, {
    units,
    functions,
    unitOfFunction,
    unitNodes,
    insideDocs,
    keepsMethods: isModule,
  });
  functions.forEach((found, number) => {
    found.unit = finished.numberOf(unitOfFunction[number]!);
  });
  calls.forEach((call, number) => {
    call.unit = finished.numberOf(unitOfCall[number]!);
  });
  return { ...facts, units: finished.units };
};
