import type { LanguageId } from '../../syntax/index.js';

/** `g_object_ref: (skip)`: what gtk-doc starts with; `kmalloc() - allocate memory` and `kmalloc - …`: kernel-doc. */
const GTK_HEAD = /^\s*[A-Za-z_]\w*(?:[:.]{1,2}[\w-]+)?:[ \t]*(?:\([^()\n]*\)[ \t]*(?::[ \t]*)?)*(?=\n|$)/;
const KERNEL_HEAD = /^\s*[A-Za-z_]\w*(?:\(\)[ \t]+-|[ \t]+-(?=[^\n]*\n[ \t]*@))[ \t]+/;

/** `@name: text` with the lines that go on with it, until a blank one or the next. */
const FIELD = /(^|\n)[ \t]*@(?:[A-Za-z_]\w*|\.\.\.):(?:[^\n]*)(?:\n(?![ \t]*(?:@[A-Za-z_.]|\n|$))[^\n]*)*/g;

/** Sections of gtk-doc and kernel-doc after the description. */
const FORMAL = /(?:^|\n)[ \t]*(?:Returns?|Since|Deprecated|Stability|Context|Locking)[ \t]*:[\s\S]*$/;

/** Commands of Doxygen, which name their parameters otherwise. */
const DOXYGEN = /^[ \t]*(?:@(?:brief|param|returns?|retval|throws?)\b(?!:)|\\[a-z]{2,})/m;

/** Whether a doc of C is laid out as gtk-doc and kernel-doc have it. */
export const isGtkDoc = (text: string): boolean =>
  (GTK_HEAD.test(text) || KERNEL_HEAD.test(text)) && !DOXYGEN.test(text);

/** Docs of C: `name:` or `name() - summary`, then the parameters, then the description. */
const withoutGtkDoc = (text: string): string => {
  if (!isGtkDoc(text)) return text;
  return text
    .replace(KERNEL_HEAD.test(text) ? KERNEL_HEAD : GTK_HEAD, '')
    .replace(FIELD, '$1')
    .replace(FORMAL, '')
    .replace(/(?<!\w)[@%#](?=[A-Za-z_])/g, '')
    .replace(/\[([^\]\n]{1,400})\]\[[\w-]{1,400}\]/g, '$1');
};

/** Commands of Doxygen that speak of the page, each with the rest of its line. */
const PAGE_COMMAND =
  /(^|\n)[ \t]*[\\@](?:ingroup|addtogroup|weakgroup|relates(?:also)?|related(?:also)?|headerfile|fn|overload)\b[^\n]*/g;

/** Docs of C and C++ in the form of Doxygen: what is returned is what the function does where nothing stands before it. */
const withoutDoxygen = (text: string): string =>
  text
    .replace(PAGE_COMMAND, '$1')
    .replace(/^\s*(?:\\[a-z]+\d*[ \t]+)?[\\@]returns?[ \t]+(?=\S)/, 'Returns ')
    .replace(/[\\@]f\$\s?([^$\n]{0,400}?)\s?[\\@]f\$/g, '$1');

const indentOf = (line: string): number => /^[ \t]*/.exec(line)![0].length;

/** Docs of Ruby in the forms of YARD and TomDoc. */
const withoutYard = (text: string): string => {
  // A section of TomDoc, which needs no blank line above.
  const prose = text.replace(/(\.[ \t]*\n)(?:Returns|Raises|Yields)\s[\s\S]*$/, '$1');
  if (!prose.includes('@!')) return prose;
  const lines = prose.split('\n');
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const directive = /^[ \t]*@!(\w+)/.exec(line)?.[1];
    if (directive === undefined) {
      kept.push(line);
      continue;
    }
    kept.push('');
    // The block of a macro is the doc of what it stands above; that of another directive is of a method that is made there.
    if (directive === 'macro') continue;
    while (at + 1 < lines.length && lines[at + 1]!.trim() !== '' && indentOf(lines[at + 1]!) > indentOf(line))
      at++;
  }
  return kept.join('\n');
};

/** Callouts of Swift's and Kotlin's Markdown: `- Returns: …`, also with nothing before them. */
const withoutCallouts = (text: string): string =>
  text.replace(
    /(?:^|\n)[ \t]*[-*+][ \t]+(?:parameters?|returns|throws|precondition|postcondition|complexity|requires|invariant|seealso|since|version|authors?)\b[^\n:]{0,80}:[\s\S]*$/i,
    '',
  );

/**
 * A doc in the prose and tags that every language shares, from the forms that its own language's tools read besides: gtk-doc,
 * kernel-doc and Doxygen, YARD and TomDoc, Swift's callouts, Java's `{@link #member}`.
 */
export const inCommonForm = (text: string, language: LanguageId | undefined): string => {
  if (language === 'c' || language === 'cpp') return withoutDoxygen(withoutGtkDoc(text));
  if (language === 'ruby') return withoutYard(text);
  // A member of the same class.
  if (language === 'java') return text.replace(/(\{@link(?:plain)?\s+)#/g, '$1');
  return language === 'swift' ? withoutCallouts(text) : text;
};
