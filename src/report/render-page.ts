import { html, type Markup, rawMarkup } from './markup.js';
import { cspHash, type Section } from './page-parts.js';
import { stylesheet } from './stylesheet.js';

/** What a page shows, from the top. */
export interface PageOptions {
  readonly title: string;
  /** What kind of page it is. */
  readonly kicker: string;
  /** A moment, in any form that `Date` reads; other text stands as it is. */
  readonly createdAt: string;
  /** Rules beside those of every page. @defaultValue '' */
  readonly styles?: string;
  readonly summary: Markup;
  readonly sections: readonly Section[];
}

/** A whole document without script, network or fonts; its policy allows its own style sheet and nothing else. */
export const renderPage = (options: PageOptions): string => {
  const { title, kicker, createdAt, summary, sections } = options;
  const styles = `${stylesheet}${options.styles ?? ''}`;
  const policy = `default-src 'none'; style-src ${cspHash(styles)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>\n${
    html`<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>${title}</title>
<link rel="icon" href="${icon}"/>
<style>${rawMarkup(styles)}</style></head>
<body><a class="skip" href="#summary">Skip to the summary</a>
<header><p class="kicker">${kicker}</p><h1>${title}</h1><p class="quiet">${moment(createdAt)}</p></header>
<main><section id="summary" aria-label="Summary">${summary}</section>${contents(sections)}
${sections.map(
  (
    section,
  ) => html`<section id="${section.id}" aria-labelledby="${section.id}-title"><h2 id="${section.id}-title">${section.title}</h2>
${section.body}</section>
`,
)}</main></body></html>`.markup
  }\n`;
};

const contents = (sections: readonly Section[]): Markup | null =>
  sections.length < 2
    ? null
    : html`<nav aria-label="Contents"><ol>${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ol></nav>`;

const moment = (createdAt: string): Markup => {
  const date = new Date(createdAt);
  if (Number.isNaN(date.getTime())) return html`${createdAt}`;
  const text = date.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return html`<time datetime="${date.toISOString()}">${text} UTC</time>`;
};

// Two circles pulled towards a diamond: the map in miniature.
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M8 22L23 9' stroke='%236b7280' stroke-width='3'/%3E%3Ccircle cx='8' cy='22' r='6' fill='%230b66a8'/%3E%3Cpath d='M23 1l8 8-8 8-8-8z' fill='%23c2500a'/%3E%3C/svg%3E";
