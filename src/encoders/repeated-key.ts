/**
 * The first key that an object of a JSON text has twice, or null. `JSON.parse` keeps the last one without a word, other
 * readers the first: a file that is read differently by two programs is not to be trusted.
 *
 * @param text Valid JSON.
 */
export const repeatedKey = (text: string): string | null => {
  const open: (Set<string> | null)[] = [];
  const strings = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  for (let match = strings.exec(text); match !== null; match = strings.exec(text)) {
    const [token] = match;
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else {
      const keys = open.at(-1);
      if (keys == null || !/^\s*:/.test(text.slice(strings.lastIndex, strings.lastIndex + 64))) continue;
      const key = JSON.parse(token) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
};
