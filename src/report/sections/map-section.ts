import { mapFigure, mapFrame } from '../figures/index.js';
import { html, type Markup, rawMarkup } from '../markup.js';
import { formatDecimal, formatShare } from '../number-format.js';
import { behind, dataTable, type Section } from '../page-parts.js';
import type { MapPanel, MapReport, ReportData } from '../report-data.js';

/** Queries and codes in the plane, before and after training. */
export const mapSection = ({ map }: ReportData): Section | null => {
  if (!map || map.pairs.length === 0 || map.panels.length === 0) return null;
  const rows = rowsByMethod(map.panels);
  return {
    id: 'map',
    title: 'A map of queries and codes',
    body: html`<p>Each circle is a query, each diamond its code, the line between them what training should shorten. ${map.method && `Made by ${map.method}; `}${rows.length > 1 ? 'maps side by side have one scale and are turned to match' : 'all panels have one scale and are turned to match'}.</p>
<a class="skip skip-map" href="#map-pairs">Skip the pairs of the map</a>
<figure class="broad maps">${rows.slice(0, 1).map((row) => panelRow(map, row))}${rows.slice(1).map((row) => behind('The same by another method', panelRow(map, row)))}
<div class="pair-notes" aria-hidden="true"><p class="hint">Point at a pair, tap it, or reach it with the Tab key to read its texts here.</p>${map.pairs.map((pair, i) => note(map, pair, i))}</div></figure>
<div id="map-pairs" tabindex="-1">${behind('Pairs behind the map', pairTable(map))}${printedNote(map)}</div>`,
  };
};

interface PanelRow {
  readonly method: string | undefined;
  readonly panels: readonly MapPanel[];
  /** Index of the first panel among all. */
  readonly first: number;
}

const rowsByMethod = (panels: readonly MapPanel[]): readonly PanelRow[] => {
  const starts = panels.flatMap((panel, i) => (panel.method === panels[i - 1]?.method && i > 0 ? [] : [i]));
  return starts.map((first, i) => ({
    method: panels[first]?.method,
    panels: panels.slice(first, starts[i + 1]),
    first,
  }));
};

const panelRow = (map: MapReport, { method, panels, first }: PanelRow): Markup => {
  const frame = mapFrame(panels);
  return html`${method && html`<h3 class="method">${method}</h3>`}<div class="panels">${panels.map((panel, i) => panelMarkup(map, panel, first + i, frame))}</div>`;
};

const panelMarkup = (
  map: MapReport,
  panel: MapPanel,
  index: number,
  frame: ReturnType<typeof mapFrame>,
): Markup => {
  const facts = [
    panel.explained !== undefined && `${formatShare(panel.explained, 1)} of the spread shown`,
    panel.stress !== undefined && `stress ${formatDecimal(panel.stress, 2)}`,
  ].filter(Boolean);
  const title = panel.method === undefined ? panel.title : `${panel.title}, ${panel.method}`;
  const heading = panel.method === undefined ? html`<h3>${panel.title}</h3>` : html`<h4>${panel.title}</h4>`;
  return html`<div>${heading}${rawMarkup(
    mapFigure({
      x: panel.x,
      y: panel.y,
      ...(panel.similarities === undefined ? {} : { similarities: panel.similarities }),
      title: `Map of queries and codes: ${title}`,
      pairs: map.pairs,
      frame,
      // One panel takes the focus for all: they light up together.
      interactive: index === 0 ? 'focus' : 'pointer',
      width: 440,
      id: `map-${index}`,
    }),
  )}<p class="quiet">${facts.join(', ')}</p></div>`;
};

/** The cosines of a moment are the same by every method: each title counts once. */
const measuredPanels = ({ panels }: MapReport): readonly MapPanel[] =>
  panels.filter(
    (panel, i) => panel.similarities && panels.findIndex(({ title }) => title === panel.title) === i,
  );

const note = (map: MapReport, pair: MapReport['pairs'][number], i: number): Markup => {
  const cosines = measuredPanels(map).map((panel) => formatDecimal(panel.similarities?.[i] ?? Number.NaN, 2));
  return html`<p class="note note-${i}"><strong>${clip(pair.query, 140)}</strong><span>${clip(pair.code, 80)}${pair.group && ` · ${pair.group}`}</span>${cosines.length > 0 && html`<span>cosine ${cosines.join(' → ')}</span>`}</p>`;
};

/** Rows of the table of pairs that are printed: all of them would take pages. */
const PRINTED_PAIRS = 24;

const printedNote = ({ pairs }: MapReport): Markup | null =>
  pairs.length > PRINTED_PAIRS
    ? html`<p class="quiet on-paper">The first ${PRINTED_PAIRS} of ${pairs.length} pairs; the page on a screen has them all.</p>`
    : null;

const clip = (text: string, limit: number): string => {
  const characters = [...text];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : text;
};

const pairTable = (map: MapReport): Markup =>
  dataTable({
    caption: 'Cosine of each query with its code',
    hideCaption: true,
    columns: [
      { label: 'Query' },
      { label: 'Code' },
      ...measuredPanels(map).map((panel) => ({ label: panel.title, numeric: true })),
    ],
    rows: map.pairs.map((pair, i) => [
      pair.query,
      pair.code,
      ...measuredPanels(map).map((panel) => formatDecimal(panel.similarities?.[i] ?? Number.NaN, 2)),
    ]),
  });

/** The rules that light up a pair in every panel at once, with its note: hover first, else focus. */
export const mapStyles = ({ map }: ReportData): string => {
  if (!map || map.panels.length === 0) return '';
  const printed = `@media print{#map-pairs tbody tr:nth-child(n+${PRINTED_PAIRS + 1}){display:none}}\n`;
  const lit = map.pairs
    .map((_, i) => {
      const scopes = [`.maps:has(.pair-${i}:hover)`, `.maps:not(:has(.pair:hover)):has(.pair-${i}:focus)`];
      const each = (target: string) => scopes.map((scope) => `${scope} ${target}`).join(',');
      return `${each(`.pair-${i}`)}{opacity:1}${each(`.pair-${i} .link`)}{stroke-width:2;stroke-opacity:.9}${each(`.note-${i}`)}{visibility:visible}`;
    })
    .join('\n');
  return printed + lit;
};
