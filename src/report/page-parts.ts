import { createHash } from 'node:crypto';
import { dedentCode } from './dedent-code.js';
import { highlightCode } from './highlight-code.js';
import { html, type Markup, type MarkupValue, rawMarkup } from './markup.js';
import { formatCount, formatQuantity } from './number-format.js';
import type { CodeReference } from './report-data.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: MarkupValue;
}

export interface Column {
  readonly label: string;
  /** Right-aligned, with figures of one width. */
  readonly numeric?: boolean;
}

/** The caption and columns of a table in a report. */
export interface TableOptions {
  readonly caption: string;
  /** Leaves the caption to screen readers, where a heading already says the same. */
  readonly hideCaption?: boolean;
  readonly columns: readonly Column[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly MarkupValue[])[];
  readonly emphasized?: readonly number[];
  /** The first column holds phrases, which need room on a narrow page. */
  readonly phrases?: boolean;
}

/** A table of as many columns takes more width than text does, where there is some. */
const broadColumns = 7;

/** A table in a box of its own that scrolls sideways on a narrow page, by keyboard too. */
export const dataTable = (options: TableOptions): Markup => {
  const kind = (i: number) => (options.columns[i]?.numeric ? rawMarkup(' class="number"') : null);
  return html`<div class="table${options.columns.length >= broadColumns && ' broad'}${options.phrases && ' phrases'}">${!options.hideCaption && html`<p class="caption" aria-hidden="true">${options.caption}</p>`}<div class="scroll" tabindex="0" role="region" aria-label="${options.caption}"><table>
<caption class="hidden">${options.caption}</caption>
<thead><tr>${options.columns.map((column, i) => html`<th scope="col"${kind(i)}>${column.label}</th>`)}</tr></thead>
<tbody>${options.rows.map(
    (row, r) => html`
<tr${options.emphasized?.includes(r) ? rawMarkup(' class="emphasized"') : null}>${row.map((cell, i) => (i === 0 ? html`<th scope="row"${kind(0)}>${cell}</th>` : html`<td${kind(i)}>${cell}</td>`))}</tr>`,
  )}</tbody>
</table></div></div>`;
};

/** Rows of a table by repository that a page shows: it must stay readable, and open, where there are thousands. */
const maximumRows = 500;

/** The largest rows of a table in their order, and a sentence about those left out, null where all are shown. */
export const largestRows = <Row>(
  rows: readonly Row[],
  sizeOf: (row: Row) => number,
  words: { readonly one: string; readonly many: string; readonly by: string },
): { readonly shown: readonly Row[]; readonly leftOut: Markup | null } => {
  const more = rows.length - maximumRows;
  if (more <= 0) return { shown: rows, leftOut: null };
  const bySize = rows.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const kept = new Set(bySize.slice(0, maximumRows));
  return {
    shown: rows.filter((row) => kept.has(row)),
    leftOut: html`<p class="more">The ${formatCount(maximumRows)} largest by ${words.by}; ${formatQuantity(more, words.one, words.many)} not shown.</p>`,
  };
};

/** The numbers behind a figure, folded away. */
export const behind = (summary: string, content: MarkupValue): Markup =>
  html`<details><summary>${summary}</summary>${content}</details>`;

/** A figure drawn twice, for a wide and for a narrow page, so that its text keeps its size. */
export const responsiveFigure = (options: {
  readonly draw: (width: number) => string;
  readonly caption?: MarkupValue;
}): Markup =>
  html`<figure><div class="wide">${rawMarkup(options.draw(680))}</div><div class="narrow">${rawMarkup(options.draw(350))}</div>${options.caption && html`<figcaption>${options.caption}</figcaption>`}</figure>`;

const maximumLines = 28;

/** A function's name, place and highlighted code; long code ends with a count of the lines left out. */
export const codeBlock = (reference: CodeReference, heading: MarkupValue): Markup => {
  const lines = dedentCode(reference.code).split('\n');
  const left = lines.length - maximumLines;
  // A single line over the limit is not worth a note that takes a line itself.
  const shown = left > 1 ? lines.slice(0, maximumLines) : lines;
  return html`<div class="code"><div class="code-head">${heading}<strong>${reference.name}</strong> <span class="place">${place(reference)}</span></div><pre tabindex="0" aria-label="${`Code of ${reference.name}`}"><code>${highlightCode(shown.join('\n'), reference.language)}</code></pre>${left > 1 && html`<p class="more">… and ${formatQuantity(left, 'more line')}</p>`}</div>`;
};

export const place = (reference: CodeReference): string =>
  `${reference.repository} · ${reference.path}:${reference.line}`;

/** The source expression under which a policy lets exactly this text through. */
export const cspHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
