import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/** A function that an entry exports, with the declarations of its module that it uses. */
export interface ExportedFunction {
  /** As it is exported: its own name where it has several. */
  readonly name: string;
  readonly file: string;
  /** Its declaration comes last. */
  readonly statements: readonly ts.Statement[];
  readonly source: ts.SourceFile;
}

/** Where a name of a module comes from. */
type Origin =
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'other'; readonly file: string; readonly name: string };

interface Module {
  readonly file: string;
  readonly source: ts.SourceFile;
  readonly imports: ReadonlyMap<string, Origin>;
  readonly exports: ReadonlyMap<string, Origin>;
  /** Files whose exports are its own. */
  readonly stars: readonly string[];
  /** Statements that declare one name at the top level. */
  readonly declarations: ReadonlyMap<string, ts.Statement>;
}

const DEFAULT = 'default';

/** Null for packages: what they export is not this library's own. */
const fileOf = (from: string, specifier: ts.Expression | undefined): string | null =>
  specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')
    ? resolve(dirname(from), specifier.text)
    : null;

const isExported = (statement: ts.Statement, modifier: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === modifier);

const readModule = (file: string): Module => {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.JS,
  );
  const imports = new Map<string, Origin>();
  const exports = new Map<string, Origin>();
  const stars: string[] = [];
  const declarations = new Map<string, ts.Statement>();
  const declare = (name: string, statement: ts.Statement) => {
    declarations.set(name, statement);
    if (isExported(statement, ts.SyntaxKind.DefaultKeyword)) exports.set(DEFAULT, { kind: 'local', name });
    else if (isExported(statement, ts.SyntaxKind.ExportKeyword)) exports.set(name, { kind: 'local', name });
  };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const from = fileOf(file, statement.moduleSpecifier);
      const { name, namedBindings } = statement.importClause ?? {};
      if (from === null) continue;
      if (name !== undefined) imports.set(name.text, { kind: 'other', file: from, name: DEFAULT });
      if (namedBindings !== undefined && ts.isNamedImports(namedBindings))
        for (const { name: own, propertyName } of namedBindings.elements)
          imports.set(own.text, { kind: 'other', file: from, name: (propertyName ?? own).text });
    } else if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      const from = fileOf(file, moduleSpecifier);
      if (exportClause === undefined) {
        if (from !== null) stars.push(from);
      } else if (ts.isNamedExports(exportClause)) {
        for (const { name, propertyName } of exportClause.elements) {
          const local = (propertyName ?? name).text;
          if (moduleSpecifier === undefined) exports.set(name.text, { kind: 'local', name: local });
          else if (from !== null) exports.set(name.text, { kind: 'other', file: from, name: local });
        }
      }
    } else if (ts.isExportAssignment(statement)) {
      const { expression } = statement;
      if (ts.isIdentifier(expression)) exports.set(DEFAULT, { kind: 'local', name: expression.text });
      else declare(DEFAULT, statement);
      if (!ts.isIdentifier(expression)) exports.set(DEFAULT, { kind: 'local', name: DEFAULT });
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      declare(statement.name?.text ?? DEFAULT, statement);
    } else if (ts.isVariableStatement(statement)) {
      // Of several names one statement each.
      for (const declaration of statement.declarationList.declarations) {
        if (!ts.isIdentifier(declaration.name)) continue;
        const list = ts.factory.createVariableDeclarationList([declaration], statement.declarationList.flags);
        const single =
          statement.declarationList.declarations.length === 1
            ? statement
            : ts.factory.createVariableStatement(statement.modifiers, list);
        declare(declaration.name.text, single);
      }
    }
  }
  return { file, source, imports, exports, stars, declarations };
};

/** Modules by file, each read once. */
const createReader = () => {
  const modules = new Map<string, Module>();
  return (file: string): Module => {
    const known = modules.get(file) ?? readModule(file);
    modules.set(file, known);
    return known;
  };
};

type Reader = (file: string) => Module;

const findLocal = (read: Reader, file: string, name: string): { module: Module; name: string } | null => {
  const module = read(file);
  if (module.declarations.has(name)) return { module, name };
  const origin = module.imports.get(name);
  return origin?.kind === 'other' ? findExport(read, origin.file, origin.name) : null;
};

/** The module that declares what a module exports under a name. */
const findExport = (read: Reader, file: string, name: string): { module: Module; name: string } | null => {
  const { exports, stars } = read(file);
  const origin = exports.get(name);
  if (origin?.kind === 'local') return findLocal(read, file, origin.name);
  if (origin?.kind === 'other') return findExport(read, origin.file, origin.name);
  if (name === DEFAULT) return null;
  for (const star of stars) {
    const found = findExport(read, star, name);
    if (found !== null) return found;
  }
  return null;
};

const namesOf = (read: Reader, file: string): string[] => {
  const { exports, stars } = read(file);
  return [...exports.keys(), ...stars.flatMap((star) => namesOf(read, star))].filter(
    (name) => name !== DEFAULT,
  );
};

const containsFunction = (node: ts.Node): boolean =>
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  (ts.forEachChild(node, (child) => containsFunction(child) || undefined) ?? false);

/** A function by itself, or made by a call such as `curry(…)`; not another name of one, not a constant. */
const isFunction = (statement: ts.Statement): boolean => {
  if (ts.isFunctionDeclaration(statement)) return statement.body !== undefined;
  const value = ts.isExportAssignment(statement)
    ? statement.expression
    : ts.isVariableStatement(statement)
      ? statement.declarationList.declarations[0]!.initializer
      : undefined;
  if (value === undefined) return false;
  return ts.isCallExpression(value) || (containsFunction(value) && !ts.isObjectLiteralExpression(value));
};

/** The declarations of a module that a statement uses, each before what uses it, and the statement. */
const withHelpers = (
  { declarations }: Module,
  name: string,
  isPublic: (name: string) => boolean,
): ts.Statement[] => {
  const found = new Set<string>();
  const ordered: ts.Statement[] = [];
  const visit = (own: string) => {
    if (found.has(own)) return;
    found.add(own);
    const statement = declarations.get(own)!;
    const look = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && declarations.has(node.text) && !isPublic(node.text)) visit(node.text);
      ts.forEachChild(node, look);
    };
    look(statement);
    ordered.push(statement);
  };
  visit(name);
  return ordered;
};

/**
 * The functions that an ES module exports, followed to their declarations. One that has several names comes once.
 *
 * @throws Error when a file that is imported is not there.
 */
export const exportedFunctions = (entry: string): ExportedFunction[] => {
  const read = createReader();
  const names = namesOf(read, entry);
  const isName = new Set(names);
  /** Names by file and declaration. */
  const found = new Map<string, { module: Module; name: string; names: string[] }>();
  for (const exported of names) {
    const target = findExport(read, entry, exported);
    if (target === null) continue;
    const key = `${target.module.file}\0${target.name}`;
    const known = found.get(key) ?? { ...target, names: [] };
    known.names.push(exported);
    found.set(key, known);
  }
  return [...found.values()].flatMap(({ module, name, names: all }) => {
    if (!isFunction(module.declarations.get(name)!)) return [];
    const base = module.file.replace(/^.*\//, '').replace(/\.m?js$/, '');
    const own = [name, base].find((candidate) => all.includes(candidate)) ?? all[0]!;
    const statements = withHelpers(module, name, (helper) => helper !== name && isName.has(helper));
    return [{ name: own, file: module.file, statements, source: module.source }];
  });
};
