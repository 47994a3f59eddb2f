/** Python's white space: more than `\s` knows, and no byte-order mark. */
const PYTHON_SPACE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at these too.
  /[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Runs of white space become one space each, those at the ends none: Python's `' '.join(text.split())`. */
export const collapseSpace = (text: string): string =>
  text
    .split(PYTHON_SPACE)
    .filter((word) => word !== '')
    .join(' ');
