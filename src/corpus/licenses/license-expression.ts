import correct from 'spdx-correct';
import parse from 'spdx-expression-parse';
import { namedLicense } from './license-names.js';

const parsed = (text: string): ReturnType<typeof parse> | null => {
  try {
    return parse(text);
  } catch {
    return null;
  }
};

const LIMIT = 200;

/**
 * A license as a manifest names it, as an SPDX expression; null for what names none.
 *
 * `Apache 2.0` becomes `Apache-2.0`, `MIT/Apache-2.0` of older crates `MIT OR Apache-2.0`.
 */
export const licenseExpression = (text: string): string | null => {
  const plain = text.trim();
  if (plain === '' || plain.length > LIMIT || /^(unlicensed|see license|proprietary|none)/i.test(plain))
    return null;
  if (parsed(plain) !== null) return plain;
  const parts = plain.split(/\s*\/\s*/);
  if (parts.length > 1 && !/\w:\/\//.test(plain)) {
    const ids = parts.map((part) => licenseExpression(part));
    return ids.includes(null) ? null : ids.join(' OR ');
  }
  const named = namedLicense(plain);
  return named === undefined ? correct(plain) : named;
};

/**
 * Whether one who accepts only some licenses may use what an expression covers: all sides of an `AND`, one side of
 * an `OR`. `GPL-2.0+` is `GPL-2.0-or-later`'s older form and is asked for as `GPL-2.0+`.
 *
 * @param accepted SPDX ids.
 */
export const satisfiesLicense = (expression: string, accepted: readonly string[]): boolean => {
  const tree = parsed(expression);
  const holds = (node: NonNullable<typeof tree>): boolean => {
    if ('license' in node) {
      const { exception } = node as { exception?: string };
      const id = `${node.license}${node.plus ? '+' : ''}`;
      return accepted.includes(exception === undefined ? id : `${id} WITH ${exception}`);
    }
    return node.conjunction === 'and'
      ? holds(node.left) && holds(node.right)
      : holds(node.left) || holds(node.right);
  };
  return tree !== null && holds(tree);
};
