import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The defaults of one option within a room, as the docs state them and as the code sets them. */
export interface OptionDefaults {
  readonly stated: Set<string>;
  readonly set: Set<string>;
}

const LITERAL = /^('[^']*'|-?[\d._]+(e-?\d+)?|true|false|null|Infinity)$/;
const ARITHMETIC = /^(\d[\d_]*) (<<|\*\*|\*) (\d[\d_]*)$/;

/** A number by its value, so that `10_000`, `1e4` and `10 ** 4` are equal; null for what is no literal. */
const literalOf = (text: string): string | null => {
  const spelled = text.replace(/^Number\.POSITIVE_INFINITY$/, 'Infinity').replace(/(?<=\d)_(?=\d)/g, '');
  const [, left, operator, right] = ARITHMETIC.exec(spelled) ?? [];
  if (operator !== undefined) {
    const [a, b] = [Number(left), Number(right)];
    return String(operator === '**' ? a ** b : operator === '*' ? a * b : a * 2 ** b);
  }
  if (!LITERAL.test(spelled)) return null;
  return /^-?\d/.test(spelled) ? String(Number(spelled)) : spelled;
};

/** What a docstring states ends at a comma or a full stop: `null, the rule is off`. */
const statedValue = (text: string): string =>
  /^('[^']*'|\d[\d_]* (?:<<|\*\*|\*) \d+|[^\s,;:]+?)(?=[.]?(?:[\s,;:]|$))/.exec(text)?.[1] ?? text;

/** Defaults by option name, over the files of a room: `@defaultValue`, `{ name = … }` and `options.name ?? …`. */
export const optionDefaults = (folder: string): Map<string, OptionDefaults> => {
  const found = new Map<string, OptionDefaults>();
  const add = (name: string, kind: keyof OptionDefaults, text: string) => {
    const value = literalOf(text);
    if (value === null) return;
    const defaults = found.get(name) ?? { stated: new Set(), set: new Set() };
    found.set(name, defaults);
    defaults[kind].add(value);
  };
  const visit = (node: ts.Node, file: ts.SourceFile): void => {
    if (ts.isPropertySignature(node)) {
      for (const tag of ts.getJSDocTags(node)) {
        if (tag.tagName.text !== 'defaultValue') continue;
        add(
          node.name.getText(file),
          'stated',
          statedValue(ts.getTextOfJSDocComment(tag.comment)?.trim() ?? ''),
        );
      }
    } else if (ts.isBindingElement(node) && node.initializer !== undefined) {
      add((node.propertyName ?? node.name).getText(file), 'set', node.initializer.getText(file));
    } else if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
      ts.isPropertyAccessExpression(node.left) &&
      node.left.expression.getText(file) === 'options'
    ) {
      add(node.left.name.text, 'set', node.right.getText(file));
    }
    ts.forEachChild(node, (child) => visit(child, file));
  };
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.ts')) continue;
    const file = ts.createSourceFile(
      path,
      readFileSync(join(folder, path), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    );
    visit(file, file);
  }
  return found;
};
