import { html, type Markup } from '../markup.js';
import { formatDecimal, formatSeconds } from '../number-format.js';
import { codeBlock, place, type Section } from '../page-parts.js';
import type { ReportData, SearchReport } from '../report-data.js';

/** Questions put to the trained model, with what it found. */
export const searchSection = ({ searches }: ReportData): Section | null =>
  searches?.length
    ? { id: 'search', title: 'Example searches', body: html`${INTRODUCTION}${searches.map(search)}` }
    : null;

const INTRODUCTION = html`<p>The trained encoder’s results for a few questions, best first, as the search page shows them.</p>`;

const search = (item: SearchReport): Markup => {
  const [first, ...rest] = item.results;
  return html`<article class="search"><p class="query">${item.query}</p>
${first ? codeBlock(first, html`<span class="score">${formatDecimal(first.score)}</span>`) : html`<p class="quiet">Nothing was found.</p>`}
${rest.length > 0 && html`<ol class="hits" start="2">${rest.map((result) => html`<li><span class="score">${formatDecimal(result.score)}</span><strong>${result.name}</strong> <span class="place">${place(result)}</span></li>`)}</ol>`}
${item.milliseconds !== undefined && html`<p class="quiet">Answered in ${formatSeconds(item.milliseconds / 1000)}.</p>`}</article>`;
};
