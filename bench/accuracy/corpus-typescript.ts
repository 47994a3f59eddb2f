/**
 * Precision and recall of the call graph of JavaScript and TypeScript against the TypeScript checker.
 *
 *   npx tsx bench/accuracy/corpus-typescript.ts <package folder>…
 *
 * Truth are the calls that the checker resolves to a function with a body in the same package. An edge is wrong
 * when the checker resolves each of the caller's calls by that name to something else, and unknown when it
 * resolves none of them (a value of type any): unknown edges count neither way.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import ts from 'typescript';
import { analyzeRepository, type CallTier, type CodeFunction } from '../../src/corpus/index.js';

interface Span {
  readonly id: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const TIERS: readonly CallTier[] = ['receiver', 'scope', 'import', 'package', 'unique-name'];
const verbose = process.argv.includes('--verbose');
const total = new Map<string, { right: number; wrong: number; unknown: number }>();

/** UTF-16 spans by file, from byte offsets. */
const spansOf = (root: string, functions: readonly CodeFunction[]): Map<string, Span[]> => {
  const spans = new Map<string, Span[]>();
  for (const { id, name, path, startByte, endByte } of functions) {
    const bytes = readFileSync(join(root, path));
    const start = bytes.subarray(0, startByte).toString('utf8').length;
    const end = start + bytes.subarray(startByte, endByte).toString('utf8').length;
    const list = spans.get(path) ?? [];
    spans.set(path, list);
    list.push({ id, name, start, end });
  }
  return spans;
};

const smallest = (spans: readonly Span[], start: number, end: number): Span | null => {
  let found: Span | null = null;
  for (const span of spans) {
    if (span.start > start || span.end < end) continue;
    if (found === null || span.end - span.start < found.end - found.start) found = span;
  }
  return found;
};

const calleeName = (call: ts.CallExpression | ts.NewExpression): string | null => {
  const { expression } = call;
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return expression.kind === ts.SyntaxKind.SuperKeyword ? 'constructor' : null;
};

/** An exported function's declaration starts before the function: its body does not. */
const bodyStart = (declaration: ts.Node): number =>
  (declaration as { body?: ts.Node }).body?.getStart() ?? declaration.getStart();

const functionOf = (declaration: ts.Node | undefined): ts.Node | null => {
  if (declaration === undefined) return null;
  if (ts.isFunctionLike(declaration)) return declaration;
  const value =
    (declaration as { initializer?: ts.Node }).initializer ??
    (declaration.parent !== undefined && ts.isBinaryExpression(declaration.parent)
      ? declaration.parent.right
      : undefined);
  return value !== undefined && ts.isFunctionLike(value) ? value : null;
};

for (const given of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) {
  const root = realpathSync(given);
  const { functions, calls } = await analyzeRepository(root, {
    languages: ['javascript', 'typescript', 'tsx'],
  });
  const spans = spansOf(root, functions);
  const compilerOptions: ts.CompilerOptions = {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    maxNodeModuleJsDepth: 5,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists } = host;
  // The package's own declarations would stand in for the sources that this compares.
  host.fileExists = (path) => !(path.startsWith(root) && /\.d\.[mc]?ts$/.test(path)) && fileExists(path);
  const program = ts.createProgram(
    [...spans.keys()].map((path) => join(root, path)),
    compilerOptions,
    host,
  );
  const checker = program.getTypeChecker();
  const truth = new Set<string>();
  /** Caller and called name: how many of these calls the checker resolved. */
  const resolved = new Map<string, number>();
  const names = new Map(
    functions.map(({ id, name, qualifiedName, path }) => [id, { name, qualifiedName, path }]),
  );
  for (const file of program.getSourceFiles()) {
    const path = relative(root, file.fileName);
    const own = spans.get(path);
    if (own === undefined) continue;
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
      const caller = smallest(own, node.getStart(), node.end);
      const name = calleeName(node);
      if (caller === null || name === null) return;
      const signature = checker.getResolvedSignature(node)?.declaration;
      const symbol = checker.getSymbolAtLocation(
        ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression,
      );
      const target =
        symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias
          ? checker.getAliasedSymbol(symbol)
          : symbol;
      let declaration = functionOf(signature);
      if (declaration === null || (declaration as { body?: ts.Node }).body === undefined) {
        const withBody = target?.declarations
          ?.map(functionOf)
          .find((found) => (found as { body?: ts.Node } | null)?.body !== undefined);
        declaration = withBody ?? declaration;
      }
      if (
        declaration !== null &&
        ts.isConstructorDeclaration(declaration) &&
        declaration.body === undefined
      ) {
        declaration =
          declaration.parent.members.find(
            (member) => ts.isConstructorDeclaration(member) && member.body !== undefined,
          ) ?? declaration;
      }
      if (declaration === null) return;
      const key = `${caller.id} ${name}`;
      resolved.set(key, (resolved.get(key) ?? 0) + 1);
      const source = declaration.getSourceFile();
      const candidates = spans.get(relative(root, source.fileName));
      const callee =
        candidates === undefined ? null : smallest(candidates, bodyStart(declaration), declaration.end);
      if (callee === null || callee.end - declaration.end > 3) return;
      truth.add(`${caller.id} ${callee.id}`);
    };
    visit(file);
  }
  const found = new Set(calls.map(({ caller, callee }) => `${caller} ${callee}`));
  const counts = new Map<string, { right: number; wrong: number; unknown: number }>();
  for (const { caller, callee, tier } of calls) {
    const count = counts.get(tier) ?? { right: 0, wrong: 0, unknown: 0 };
    counts.set(tier, count);
    const called = names.get(callee)!;
    const owner = called.qualifiedName.split('.').at(-2) ?? '';
    const isResolved = [called.name, owner].some((name) => resolved.has(`${caller} ${name}`));
    if (truth.has(`${caller} ${callee}`)) count.right++;
    else if (isResolved) {
      count.wrong++;
      if (verbose) console.log('wrong', tier, names.get(caller), called);
    } else count.unknown++;
  }
  const recalled = [...truth].filter((edge) => found.has(edge)).length;
  console.log(
    `${basename(root)}: ${truth.size} edges by the checker, recall ${((100 * recalled) / truth.size).toFixed(1)}%`,
  );
  if (verbose) {
    for (const edge of [...truth].filter((known) => !found.has(known)).slice(0, 25)) {
      const [caller, callee] = edge.split(' ');
      console.log('missed', names.get(caller!), names.get(callee!));
    }
  }
  for (const tier of TIERS) {
    const count = counts.get(tier);
    if (count === undefined) continue;
    const sum = total.get(tier) ?? { right: 0, wrong: 0, unknown: 0 };
    total.set(tier, {
      right: sum.right + count.right,
      wrong: sum.wrong + count.wrong,
      unknown: sum.unknown + count.unknown,
    });
    const precision = (100 * count.right) / (count.right + count.wrong);
    console.log(
      `  ${tier}: precision ${precision.toFixed(1)}% (${count.right} right, ${count.wrong} wrong, ${count.unknown} unknown)`,
    );
  }
}
console.log('all packages');
for (const tier of TIERS) {
  const count = total.get(tier);
  if (count !== undefined)
    console.log(
      `  ${tier}: precision ${((100 * count.right) / (count.right + count.wrong)).toFixed(1)}% (${count.right} right, ${count.wrong} wrong, ${count.unknown} unknown)`,
    );
}
