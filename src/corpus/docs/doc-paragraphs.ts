/** A line that opens the formal part of a doc: parameters, returns, examples. */
const SECTION =
  /^\s*(:(param|type|return|returns|rtype|raise|raises|arg|args|keyword|yield|yields)\b|\\?(param|return|returns)\b\s*\[|(Args|Arguments|Parameters|Params|Returns?|Raises|Throws|Yields|Examples?|Usage|Note|Notes|See Also|Attributes|References)\s*:?\s*$|(Args|Arguments|Params|Parameters|Returns|Raises|Throws|Example|Examples|Usage):(\s|$)|>>> |```|~~~|-{3,}\s*$|={3,}\s*$|\+{3,}\s*$)/i;

/** Tags that say something about the function and have no text of their own. */
const MODIFIER =
  /^[@\\](?:abstract|alpha|async|beta|experimental|final|function|func|generator|hidden|ignore|inner|instance|internal|method|override|overload|packageDocumentation|preapproved|private|protected|public|readonly|sealed|static|template|virtual|constructor|class|export|nocollapse|nosideeffects|pure|api|access|global)\b(?:\s+(?:public|private|protected|internal))?\s*$/i;

/** Tags whose text, such as code, goes on after blank lines. */
const ENDS_PROSE = /^[@\\](?:example|code|usage|verbatim)\b/i;

/** `add(x1, x2, /, out=None)`, `str.index(substring) -> Integer`: how it is called, above what it does. */
const SIGNATURE = /^[\w.]+[!?]?\((?:[^()]|\([^()]*\))*\)\s*(?:(?:->|=>|→|:)\s*[^.]*)?$/;

/** A directive of reStructuredText or an admonition of MkDocs, whose block is indented; RDoc's list of ways to call a method. */
const DIRECTIVE = /^(?:\.\. [\w:-]+::|!!! [a-z]|:?call-seq:)/;

/** Who may call a function, or that nobody should: no word of what it does. */
const MARKER =
  /^(?:\(?(?:for )?(?:internal|private|public|java|scala)(?: api)?(?: (?:use )?only)?(?:, don't use)?\)?[.!:]?|\*{0,2}deprecated\b\*{0,2}:.*)$/i;

const indentOf = (line: string): number => /^\s*/.exec(line)![0].length;

/**
 * The start of a doc in lines that end with `\n`, a run of blank lines as one: thousands of them say no more, and patterns
 * that look for the start of a line would begin at each.
 */
export const boundedDoc = (doc: string, limit: number): string =>
  doc
    .slice(0, limit)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\n(?:[^\S\n]*\n){2,}/g, '\n\n');

/** Paragraphs of a doc in order, as long as prose may still come: without tags, directives and signatures before it. */
function* paragraphs(text: string): Generator<string[]> {
  const lines = text.split('\n');
  let kept: string[] = [];
  let afterTags = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const plain = line.trim();
    const isBlank = plain === '' || /^<\/?p\s*\/?>$/i.test(plain);
    if (isBlank) {
      if (kept.length > 0) yield kept;
      kept = [];
      afterTags = false;
      continue;
    }
    if (DIRECTIVE.test(plain)) {
      if (kept.length > 0) yield kept;
      kept = [];
      while (
        at + 1 < lines.length &&
        (lines[at + 1]!.trim() === '' || indentOf(lines[at + 1]!) > indentOf(line))
      )
        at++;
      continue;
    }
    if (/^[@\\][a-zA-Z]/.test(plain)) {
      if (kept.length > 0) yield kept;
      kept = [];
      if (ENDS_PROSE.test(plain)) return;
      afterTags = !MODIFIER.test(plain);
      continue;
    }
    if (SECTION.test(line)) {
      if (kept.length > 0) yield kept;
      return;
    }
    if (kept.length > 0 && /^<(p|pre|ul|ol|table|example|remarks|code)\b/i.test(plain)) {
      yield kept;
      return;
    }
    // A line below a tag goes on with the tag.
    if (!afterTags) kept.push(plain);
  }
  if (kept.length > 0) yield kept;
}

/** The first paragraph of prose, its lines joined; a signature where there is nothing else, or ''. */
export const firstParagraph = (text: string): string => {
  let signature = '';
  for (const lines of paragraphs(text)) {
    const paragraph = lines
      .join(' ')
      .split(/<p(?:ara)?\s*\/?>/i)
      .find((part) => part.trim() !== '');
    if (paragraph === undefined) continue;
    if (MARKER.test(paragraph.trim())) continue;
    if (!SIGNATURE.test(paragraph)) return paragraph;
    signature ||= paragraph;
  }
  return signature;
};
