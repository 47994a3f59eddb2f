import { repositoryCount } from './corpus-counts.js';
import { html, type Markup, rawMarkup } from './markup.js';
import { formatCount, formatDecimal, formatDifference, formatMeasure } from './number-format.js';
import { cspHash, type Section } from './page-parts.js';
import type { ReportData } from './report-data.js';
import { ablationSection } from './sections/ablation-section.js';
import { costSection } from './sections/cost-section.js';
import { dataSection } from './sections/data-section.js';
import { mapSection, mapStyles } from './sections/map-section.js';
import { refinementSection } from './sections/refinement-section.js';
import { reproduceSection } from './sections/reproduce-section.js';
import { breakdownSection, resultsSection } from './sections/results-section.js';
import { searchSection } from './sections/search-section.js';
import { similaritySection } from './sections/similarity-section.js';
import { trainingSection } from './sections/training-section.js';
import { stylesheet } from './stylesheet.js';
import { summarize, trainedSystem } from './summary.js';

// Results first, then how they came about.
const sectionOrder = [
  resultsSection,
  ablationSection,
  breakdownSection,
  searchSection,
  mapSection,
  dataSection,
  similaritySection,
  refinementSection,
  trainingSection,
  costSection,
  reproduceSection,
] as const;

/**
 * Renders a run as one self-contained HTML file: no scripts, no network, no fonts.
 *
 * All text is escaped, and a content security policy allows only the page's own style sheet. The page is also well-formed
 * XML. It works on a phone and on paper, in light and dark mode, and every figure has a table of its numbers. Missing
 * parts are left out.
 *
 * @param data The results of the run.
 * @returns The whole document, from its doctype to the end of `html`.
 * @throws RangeError when a figure's data are malformed, such as a histogram with negative counts.
 *
 * Time and memory grow with the data shown: choose a few dozen examples and at most a few hundred map pairs.
 *
 * @example
 * ```ts
 * import { renderReport } from 'oasis-embed/report';
 *
 * const page = renderReport({ title: 'A first run', createdAt: '2025-01-31T12:00:00Z' });
 * console.log(page.startsWith('<!DOCTYPE html>'));
 * ```
 */
export const renderReport = (data: ReportData): string => {
  const sections = sectionOrder.map((build) => build(data)).filter((section) => section !== null);
  const styles = `${stylesheet}${mapStyles(data)}`;
  const policy = `default-src 'none'; style-src ${cspHash(styles)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>\n${
    html`<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>${data.title}</title>
<link rel="icon" href="${icon}"/>
<style>${rawMarkup(styles)}</style></head>
<body><a class="skip" href="#summary">Skip to the summary</a>
<header><p class="kicker">Training report</p><h1>${data.title}</h1><p class="quiet">${moment(data.createdAt)}</p></header>
<main>${summary(data)}${contents(sections)}
${sections.map(
  (
    section,
  ) => html`<section id="${section.id}" aria-labelledby="${section.id}-title"><h2 id="${section.id}-title">${section.title}</h2>
${section.body}</section>
`,
)}</main></body></html>`.markup
  }\n`;
};

const summary = (data: ReportData): Markup => {
  const paragraphs = summarize(data);
  return html`<section id="summary" aria-label="Summary">${tiles(data)}${paragraphs.map((text, i) => html`<p${i === 0 && html` class="lead"`}>${text}</p>`)}${data.notes?.map((note) => html`<p class="note-box">${note}</p>`)}</section>`;
};

const contents = (sections: readonly Section[]): Markup | null =>
  sections.length < 2
    ? null
    : html`<nav aria-label="Contents"><ol>${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ol></nav>`;

const tiles = (data: ReportData): Markup | null => {
  const items = [measureTile(data), ...dataTiles(data)].filter((item) => item !== null);
  if (items.length === 0) return null;
  return html`<dl class="tiles">${items.map((item) => html`<div><dt>${item.label}</dt><dd><span class="big">${item.value}</span>${item.note && html`<span class="small">${item.note}</span>`}</dd></div>`)}</dl>`;
};

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

const measureTile = ({ evaluation }: ReportData): Tile | null => {
  const measure = evaluation?.measures[0];
  const trained = evaluation && trainedSystem(evaluation);
  const own = measure === undefined ? undefined : trained?.measures[measure];
  if (!evaluation || !measure || !own) return null;
  const others = evaluation.systems.filter((system) => system !== trained && system.measures[measure]);
  const rival = others.toSorted(
    (a, b) => (b.measures[measure]?.value ?? 0) - (a.measures[measure]?.value ?? 0),
  )[0];
  const gap = rival && own.value - (rival.measures[measure]?.value ?? 0);
  const note = rival && gap !== undefined ? { note: `${formatDifference(gap)} against ${rival.name}` } : {};
  return { label: `${measure}, trained`, value: formatMeasure(own.value, 1), ...note };
};

const dataTiles = ({ corpus, similarity, refinement }: ReportData): readonly Tile[] => {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const items: Tile[] = [];
  if (corpus) {
    const functions = sum(corpus.repositories.flatMap((repository) => Object.values(repository.functions)));
    const count = repositoryCount(corpus);
    items.push({
      label: 'Functions',
      value: formatCount(functions),
      note: `from ${formatCount(count)} ${count === 1 ? 'repository' : 'repositories'}`,
    });
  }
  if (similarity && similarity.threshold.kind !== 'none') {
    const fitted = similarity.threshold.kind === 'intersection';
    items.push({
      label: fitted ? 'Threshold s*' : 'Threshold',
      value: formatDecimal(similarity.threshold.value),
      note: fitted ? 'where the components cross' : 'chosen, not fitted',
    });
  }
  if (refinement) {
    items.push({
      label: 'Labels raised',
      value: formatCount(sum(refinement.rules.map((rule) => rule.accepted))),
      note: `of ${formatCount(refinement.pairs)} negatives`,
    });
  }
  return items;
};

const moment = (createdAt: string): Markup => {
  const date = new Date(createdAt);
  if (Number.isNaN(date.getTime())) return html`${createdAt}`;
  const text = date.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return html`<time datetime="${date.toISOString()}">${text} UTC</time>`;
};

// Two circles pulled towards a diamond: the map in miniature.
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M8 22L23 9' stroke='%236b7280' stroke-width='3'/%3E%3Ccircle cx='8' cy='22' r='6' fill='%230b66a8'/%3E%3Cpath d='M23 1l8 8-8 8-8-8z' fill='%23c2500a'/%3E%3C/svg%3E";
