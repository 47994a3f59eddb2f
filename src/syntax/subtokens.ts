const WORD = /[\p{L}\p{N}]+/gu;
const PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;
const NOT_ASCII = /[^\x20-\x7e]/;

/** Words repeat: what they are cut into is kept, up to this many. */
const KEPT = 1 << 16;
const known = new Map<string, readonly string[]>();

const cut = (word: string): readonly string[] => {
  if (NOT_ASCII.test(word)) return [word.toLowerCase()];
  return (word.match(PART) ?? []).map((part) => part.toLowerCase());
};

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
  for (const word of text.match(WORD) ?? []) {
    let parts = known.get(word);
    if (parts === undefined) {
      if (known.size >= KEPT) known.clear();
      // A copy: a slice would keep all of the text.
      const key = ` ${word}`.slice(1);
      parts = cut(key);
      known.set(key, parts);
    }
    for (const part of parts) tokens.push(part);
  }
  return tokens;
};
