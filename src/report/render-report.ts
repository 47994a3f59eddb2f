import { repositoryCount } from './corpus-counts.js';
import { html, type Markup } from './markup.js';
import { formatCount, formatDecimal, formatDifference, formatMeasure } from './number-format.js';
import { renderPage } from './render-page.js';
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
  return renderPage({
    title: data.title,
    kicker: 'Training report',
    createdAt: data.createdAt,
    styles: mapStyles(data),
    summary: summary(data),
    sections,
  });
};

const summary = (data: ReportData): Markup => {
  const paragraphs = summarize(data);
  return html`${tiles(data)}${paragraphs.map((text, i) => html`<p${i === 0 && html` class="lead"`}>${text}</p>`)}${data.notes?.map((note) => html`<p class="note-box">${note}</p>`)}`;
};

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
