/**
 * Precision and recall of the named functions of JavaScript and TypeScript against the TypeScript compiler.
 *
 *   npx tsx bench/accuracy/named-functions.ts [--verbose] FOLDER…
 *
 * Truth is every function with a body that the language gives a name: a declaration, a method or accessor, a function
 * expression with a name of its own, and one that is the value of a variable, a property, a field, an assignment or a
 * default export. A function handed to a call, `const f = wrap(() => …)`, bears the name of the call's value if the
 * checker says that this value can be called or constructed. A value of type any tells nothing, nor does one made of
 * several functions, `memo(render, areEqual)`: such functions count neither way. Types that the package uses must be installed where TypeScript finds them, above FOLDER.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import ts from 'typescript';
import { extractFile } from '../../src/corpus/extraction/extract-file.js';
import { analyzeRepository } from '../../src/corpus/index.js';
import { loadLanguage } from '../../src/syntax/index.js';

type FunctionWithBody = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

/** What the compiler says of a function: its name, that it has none, or that its types tell nothing. */
type Naming = { readonly name: string; readonly own?: string } | 'none' | 'unknown';

/** A module's nameless default export is named after its file: any name will do. */
const FILE_NAME = '*';

const verbose = process.argv.includes('--verbose');

const compilerOptions: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.Preserve,
  maxNodeModuleJsDepth: 5,
  skipLibCheck: true,
};

const propertyName = (name: ts.PropertyName | undefined): string | null => {
  if (name === undefined) return null;
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  if (!ts.isComputedPropertyName(name)) return null;
  const { expression } = name;
  if (ts.isStringLiteralLike(expression)) return expression.text;
  return /^Symbol\.\w+$/.test(expression.getText()) ? `[${expression.getText()}]` : null;
};

const isAssignment = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  [
    ts.SyntaxKind.EqualsToken,
    ts.SyntaxKind.BarBarEqualsToken,
    ts.SyntaxKind.AmpersandAmpersandEqualsToken,
    ts.SyntaxKind.QuestionQuestionEqualsToken,
  ].includes(node.operatorToken.kind);

const targetName = (left: ts.Expression): string | null => {
  if (ts.isIdentifier(left)) return left.text;
  if (ts.isPropertyAccessExpression(left)) {
    return left.getText() === 'module.exports' ? FILE_NAME : left.name.text;
  }
  if (!ts.isElementAccessExpression(left)) return null;
  const key = left.argumentExpression;
  if (ts.isStringLiteralLike(key)) return key.text;
  return /^Symbol\.\w+$/.test(key.getText()) ? `[${key.getText()}]` : null;
};

const isWrapping = (node: ts.Node): boolean =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isNonNullExpression(node) ||
  ts.isTypeAssertionExpression(node);

/** The name that a place gives to the value which stands in it, or null. */
const nameFromPlace = (value: ts.Node): string | null => {
  const place = value.parent;
  if (ts.isVariableDeclaration(place) && place.initializer === value)
    return ts.isIdentifier(place.name) ? place.name.text : null;
  if ((ts.isPropertyAssignment(place) || ts.isPropertyDeclaration(place)) && place.initializer === value)
    return propertyName(place.name);
  if (isAssignment(place) && place.right === value) return targetName(place.left);
  return ts.isExportAssignment(place) ? FILE_NAME : null;
};

const namingOf = (node: FunctionWithBody, checker: ts.TypeChecker): Naming => {
  if (ts.isConstructorDeclaration(node)) return { name: 'constructor' };
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) {
    const name = propertyName(node.name);
    return name === null ? 'none' : { name };
  }
  if (ts.isFunctionDeclaration(node)) return { name: node.name?.text ?? FILE_NAME };
  let value: ts.Node = node;
  let isCall = false;
  let isBeside = false;
  for (;;) {
    const { parent } = value;
    if (isWrapping(parent)) value = parent;
    else if (ts.isCallExpression(parent) && parent.arguments.includes(value as ts.Expression)) {
      isCall = true;
      isBeside ||= parent.arguments.some(
        (other) => other !== value && (ts.isArrowFunction(other) || ts.isFunctionExpression(other)),
      );
      value = parent;
    } else break;
  }
  const name = nameFromPlace(value);
  const own = ts.isFunctionExpression(node) ? node.name?.text : undefined;
  if (name === null) return own === undefined ? 'none' : { name: own };
  if (!isCall) return { name };
  if (own !== undefined) return { name, own };
  const type = checker.getTypeAtLocation(value);
  if (isBeside || (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return 'unknown';
  // JSDoc of older code says Function and no more.
  if (type.symbol?.name === 'Function') return { name };
  const isCallable = [ts.SignatureKind.Call, ts.SignatureKind.Construct].some(
    (kind) => checker.getSignaturesOfType(checker.getNonNullableType(type), kind).length > 0,
  );
  return isCallable ? { name } : 'none';
};

const report = (name: string, right: number, found: number, known: number, unknown: number): void => {
  const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(2)}% (${part} of ${all})`;
  console.log(
    `${name}: recall ${percent(right, known)}, precision ${percent(right, found)}, ${unknown} unknown`,
  );
};

for (const given of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) {
  const root = realpathSync(given);
  const { functions: files } = await analyzeRepository(root, {
    languages: ['javascript', 'typescript', 'tsx'],
    granularity: 'file',
  });
  const paths = files.filter(({ path }) => !/\.d\.[mc]?ts$/.test(path));
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists } = host;
  // The package's own declarations would stand in for the sources that this compares.
  host.fileExists = (path) => !(path.startsWith(root) && /\.d\.[mc]?ts$/.test(path)) && fileExists(path);
  const program = ts.createProgram(
    paths.map(({ path }) => join(root, path)),
    compilerOptions,
    host,
  );
  const checker = program.getTypeChecker();
  let [right, found, known, unknown] = [0, 0, 0, 0];
  for (const { path, language } of paths) {
    const file = program.getSourceFile(join(root, path));
    if (file === undefined) throw new Error(`the compiler did not read ${relative(root, path)}`);
    const text = readFileSync(join(root, path), 'utf8');
    const parser = await loadLanguage(language);
    const tree = parser.read(text);
    const ours = new Map(
      extractFile(tree, parser.definition, path).functions.map(({ head, name }) => [
        tree.starts[head.body]!,
        name,
      ]),
    );
    const lineOf = (at: number) => `${path}:${file.getLineAndCharacterOfPosition(at).line + 1}`;
    const say = (what: string, at: number, name: string) => {
      if (verbose)
        console.log(`${what} ${lineOf(at)} ${name} | ${text.slice(at - 70, at + 1).replace(/\s+/g, ' ')}`);
    };
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      const body = ts.isFunctionLike(node) ? (node as { body?: ts.Node }).body : undefined;
      if (body === undefined) return;
      const naming = namingOf(node as FunctionWithBody, checker);
      const at = body.getStart(file);
      const name = ours.get(at);
      ours.delete(at);
      if (naming === 'unknown') unknown++;
      else if (naming === 'none') {
        if (name === undefined) return;
        found++;
        say('invented', at, name);
      } else {
        known++;
        if (name !== undefined) found++;
        if (name !== undefined && ([FILE_NAME, name].includes(naming.name) || naming.own === name)) right++;
        else say(name === undefined ? 'missed' : `named ${name} not`, at, naming.name);
      }
    };
    visit(file);
    found += ours.size;
    for (const [at, name] of ours) say('no function', at, name);
  }
  report(basename(root), right, found, known, unknown);
}
