import type { CodeToCodeLanguage } from './code-to-code-languages.js';
import { removePythonComments } from './python-comments.js';

/** Comments, and the strings that may look as if they held some. A string may run over lines. */
const COMMENT_OR_STRING = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^\\'])*'|"(?:\\[\s\S]|[^\\"])*"/g;

/**
 * A program without comments by the rule of the published scripts: Python by its tokens, docstrings too; Ruby as it is;
 * all others by one regular expression, which knows `//`, block comments and strings in single and double quotes.
 */
export const removePublishedComments = (code: string, language: CodeToCodeLanguage): string => {
  if (language === 'ruby') return code;
  if (language === 'python') return removePythonComments(code);
  return code.replace(COMMENT_OR_STRING, (match) => (match.startsWith('/') ? ' ' : match));
};
