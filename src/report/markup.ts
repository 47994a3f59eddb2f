/** Text that is already safe to place in the page; everything else is escaped on its way in. */
export interface Markup {
  readonly markup: string;
}

/** What a template accepts: safe markup, text to escape, lists of both, or nothing. */
export type MarkupValue = Markup | string | number | null | undefined | false | readonly MarkupValue[];

/** Marks a string as safe. Only for constants and for strings this folder built itself. */
export const rawMarkup = (markup: string): Markup => ({ markup });

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Controls that XML 1.0 forbids, and lone surrogates, which no encoding can carry.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// Bidirectional overrides can make code read otherwise than it runs, so they are shown, not obeyed.
const bidirectional = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/**
 * Makes a text safe between tags and inside quoted attributes, in HTML and in XML.
 *
 * Control characters become U+FFFD; bidirectional controls become their visible code, such as `⟨U+202E⟩`.
 */
export const escapeText = (text: string): string =>
  text
    .replace(unprintable, '\ufffd')
    .replace(bidirectional, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);

const render = (value: MarkupValue): string => {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
};

/** A template tag for HTML and SVG: every interpolated string is escaped, every {@link Markup} kept. */
export const html = (strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup => {
  let markup = strings[0] ?? '';
  for (let i = 0; i < values.length; i++) markup += render(values[i]) + (strings[i + 1] ?? '');
  return { markup };
};
