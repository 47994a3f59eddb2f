import ts from 'typescript';
import { subtokens } from '../../src/syntax/index.js';
import type { ExportedFunction } from './exported-functions.js';

/** Methods that newer versions of Node have: the set must not depend on the one that makes it. */
const NEWER_METHODS = [
  ...[
    'groupBy',
    'fromAsync',
    'withResolvers',
    'try',
    'escape',
    'sumPrecise',
    'getOrInsert',
    'getOrInsertComputed',
  ],
  ...[
    'union',
    'intersection',
    'difference',
    'symmetricDifference',
    'isSubsetOf',
    'isSupersetOf',
    'isDisjointFrom',
  ],
  ...['isWellFormed', 'toWellFormed', 'isError', 'isRawJSON', 'rawJSON'],
];

/** Methods that the language itself has: they say what a program does, not what it is called. */
const OWN_METHODS = new Set([
  ...NEWER_METHODS,
  ...[Object, Array, String, Number, Map, Set, Promise, Date, RegExp, Function, Math, JSON, Reflect].flatMap(
    (part) => [
      ...Object.getOwnPropertyNames(part),
      ...Object.getOwnPropertyNames('prototype' in part ? part.prototype : {}),
    ],
  ),
]);

const holds = (text: string, wanted: readonly string[]): boolean => {
  const words = subtokens(text);
  return words.some((_, start) => wanted.every((word, i) => words[start + i] === word));
};

/**
 * A program without comments, imports and exports, and without the words of its own name: `uniqBy` in `baseUniqBy` and in strings goes as
 * well. What the language itself calls so stays: `.map(` in an implementation of `map`.
 */
export const maskProgram = ({
  name,
  statements,
  source,
}: Pick<ExportedFunction, 'name' | 'statements' | 'source'>): string => {
  const words = subtokens(name);
  const taken = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) taken.add(node.text);
    ts.forEachChild(node, collect);
  };
  statements.forEach(collect);
  const masks = new Map<string, string>();
  let count = 0;
  const newMask = (): string => {
    for (;;) {
      const mask = count === 0 ? 'f' : `f${count}`;
      count++;
      if (!taken.has(mask)) return mask;
    }
  };
  const masked = (text: string): string => {
    if (!holds(text, words)) return text;
    const mask = masks.get(text) ?? newMask();
    masks.set(text, mask);
    return mask;
  };
  const maskedWords = (text: string): string => text.replace(/[\p{L}_$][\p{L}\p{N}_$]*/gu, masked);
  // The program's own name gets the first mask, wherever it stands.
  masked(name);
  const isOfLanguage = (node: ts.Identifier): boolean =>
    ts.isPropertyAccessExpression(node.parent ?? node) &&
    (node.parent as ts.PropertyAccessExpression).name === node
      ? OWN_METHODS.has(node.text)
      : node.text in globalThis;
  const transformer: ts.TransformerFactory<ts.Node> = (context) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isIdentifier(node) && !isOfLanguage(node)) {
        const text = masked(node.text);
        return text === node.text ? node : ts.factory.createIdentifier(text);
      }
      if (ts.isStringLiteral(node)) return ts.factory.createStringLiteral(maskedWords(node.text));
      if (ts.isNoSubstitutionTemplateLiteral(node))
        return ts.factory.createNoSubstitutionTemplateLiteral(maskedWords(node.text));
      if (ts.isTemplateHead(node)) return ts.factory.createTemplateHead(maskedWords(node.text));
      if (ts.isTemplateMiddle(node)) return ts.factory.createTemplateMiddle(maskedWords(node.text));
      if (ts.isTemplateTail(node)) return ts.factory.createTemplateTail(maskedWords(node.text));
      return ts.visitEachChild(node, visit, context);
    };
    return (node) => visit(node);
  };
  const plain = (statement: ts.Statement): ts.Statement => {
    const { factory } = ts;
    if (ts.isExportAssignment(statement)) {
      const variable = factory.createVariableDeclaration(name, undefined, undefined, statement.expression);
      return factory.createVariableStatement(
        [],
        factory.createVariableDeclarationList([variable], ts.NodeFlags.Const),
      );
    }
    if (ts.isFunctionDeclaration(statement)) {
      const { asteriskToken, typeParameters, parameters, type, body } = statement;
      const modifiers = statement.modifiers?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
      const own = statement.name ?? factory.createIdentifier(name);
      return factory.createFunctionDeclaration(
        modifiers,
        asteriskToken,
        own,
        typeParameters,
        parameters,
        type,
        body,
      );
    }
    return ts.isVariableStatement(statement)
      ? factory.createVariableStatement([], statement.declarationList)
      : statement;
  };
  const printer = ts.createPrinter({ removeComments: true });
  return statements
    .map((statement) => {
      const { transformed } = ts.transform<ts.Node>(plain(statement), [transformer]);
      return printer.printNode(ts.EmitHint.Unspecified, transformed[0]!, source);
    })
    .join('\n');
};
