const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;

/**
 * Splits text or code into lower-case subtokens: `parseHTTPResponse_v2` → parse, http, response, v, 2.
 *
 * Identifiers are cut at case changes, digits and everything that is not an ASCII letter or digit; words in
 * other scripts are kept whole. Time O(n).
 *
 * @example
 * ```ts
 * import { subtokens } from 'oasis-embed/syntax';
 * subtokens('getElementById(node)'); // ['get', 'element', 'by', 'id', 'node']
 * ```
 */
export const subtokens = (text: string): string[] => {
  const tokens: string[] = [];
  for (const [word] of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const parts = word.match(WORD);
    const isAscii = /^[\x20-\x7e]+$/.test(word);
    if (!isAscii) tokens.push(word.toLowerCase());
    else if (parts !== null) for (const part of parts) tokens.push(part.toLowerCase());
  }
  return tokens;
};
