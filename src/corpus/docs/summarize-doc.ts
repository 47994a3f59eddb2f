/** A line that opens the formal part of a doc: parameters, returns, examples. */
const SECTION =
  /^\s*(:(param|type|return|returns|rtype|raise|raises|arg|args|keyword|yield|yields)\b|\\?(param|return|returns)\b\s*\[|(Args|Arguments|Parameters|Params|Returns?|Raises|Throws|Yields|Examples?|Usage|Note|Notes|See Also|Attributes|References)\s*:?\s*$|(Args|Arguments|Params|Parameters|Returns|Raises|Throws|Example|Examples|Usage):(\s|$)|>>> |```|~~~|-{3,}\s*$|={3,}\s*$|\+{3,}\s*$)/i;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['#39', "'"],
  ['#x27', "'"],
  ['#x2F', '/'],
]);

/** No summary stands further down; it bounds the time on hostile docs. */
const DOC_LIMIT = 20_000;

const HTML_TAG =
  /<\/?(?:a|abbr|b|big|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|kbd|li|nobr|ol|p|para|c|pre|q|s|samp|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul|var)(?:\s[^<>]*)?\/?>/gi;

/** Links and inline tags of any form become the text that a reader would see. */
const withoutLinks = (text: string): string =>
  text
    .replace(/<see(?:also)?\s+(?:cref|href|langword)="(?:[A-Z]:)?([^"]*)"\s*\/?>/g, '$1')
    .replace(/<(?:paramref|typeparamref)\s+name="([^"]*)"\s*\/?>/g, '$1')
    .replace(/\[([^\]]+)\]\{@link\s+[^}]*\}/g, '$1')
    .replace(/\{@(?:link|linkcode|linkplain|tutorial)\s+([^}]+)\}/g, (_, body: string) => {
      const [target, ...label] = body.trim().split(/\s*\|\s*|\s+/);
      return label.length > 0 ? label.join(' ') : target!;
    })
    .replace(/\{@(?:code|literal|value)\s+([^}]*)\}/g, '$1')
    .replace(/\{@[a-zA-Z]+[^}]*\}/g, '')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]+)\]\([^)\s]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\[[^\]]*\]/g, '$1')
    .replace(/:(?:[a-z]+:)?[a-z]+:`~?([^`<]+?)(?:\s*<[^`>]*>)?`/g, '`$1`')
    .replace(/``([^`]+)``/g, '`$1`');

const withoutMarks = (text: string): string =>
  text
    .replace(/<!--.*?-->/gs, '')
    .replace(HTML_TAG, ' ')
    .replace(/&(#?\w+);/g, (all, name: string) => ENTITIES.get(name) ?? all)
    .replace(/(^|\s)#+\s+/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1');

/** Prose without the marks of JSDoc, Javadoc, XML docs, reStructuredText, HTML and Markdown; backticks stay. */
const withoutMarkup = (text: string): string =>
  withoutLinks(text)
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : withoutMarks(part)))
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/\s+([.,;:!?])(?=\s|$)/g, '$1')
    .trim();

const firstParagraph = (text: string): string => {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const isBlank = line.trim() === '' || /^\s*<\/?p\s*\/?>\s*$/i.test(line);
    if (isBlank && kept.length > 0) break;
    if (isBlank) continue;
    if (SECTION.test(line) || /^\s*@[a-zA-Z]/.test(line)) break;
    if (kept.length > 0 && /^\s*<(p|pre|ul|ol|table|example|remarks|code)\b/i.test(line)) break;
    kept.push(line.trim());
  }
  return (
    kept
      .join(' ')
      .split(/<p\s*\/?>/i)
      .find((part) => part.trim() !== '') ?? ''
  );
};

/**
 * The summary of an author's doc comment: its first paragraph, before any tag or section, as one line of prose.
 *
 * Without text before the first tag, the text of `@description`, `@desc`, `@summary` or `@brief` is taken; in
 * XML docs that of `<summary>`. Links, HTML and Markdown marks are replaced by their text; backticks stay.
 *
 * @param doc A doc comment without its comment marks.
 * @returns The summary, or null if nothing is left.
 *
 * @example
 * ```ts
 * import { summarizeDoc } from 'oasis-embed/corpus';
 * summarizeDoc('Adds {@link Vector}s\nto this one.\n\n@param v'); // 'Adds Vectors to this one.'
 * ```
 */
export const summarizeDoc = (doc: string): string | null => {
  const text = doc.slice(0, DOC_LIMIT).replace(/\r\n?/g, '\n');
  const xml = /<summary>([\s\S]*?)(?:<\/summary>|$)/i.exec(text);
  let paragraph = firstParagraph(xml === null ? text : xml[1]!);
  if (paragraph === '') {
    const tag = /(?:^|\n)\s*[@\\](?:description|desc|summary|brief|classdesc)\b[ \t]*:?[ \t]*([\s\S]*)/i.exec(
      text,
    );
    paragraph = tag === null ? '' : firstParagraph(tag[1]!);
  }
  const summary = withoutMarkup(paragraph.replace(/^[@\\]brief\s+/, ''));
  return summary === '' ? null : summary;
};
