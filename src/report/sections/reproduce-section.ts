import { html, type Markup, type MarkupValue } from '../markup.js';
import { behind, type Section } from '../page-parts.js';
import type { ReportData, ReportSettings } from '../report-data.js';

/** The command, every option in force, and the versions of what ran. */
export const reproduceSection = ({ command, options, versions }: ReportData): Section | null => {
  const parts: MarkupValue[] = [];
  if (command) {
    parts.push(
      html`<div class="code"><pre tabindex="0" aria-label="Command"><code>${command}</code></pre></div>`,
    );
  }
  if (options && Object.keys(options).length) parts.push(behind('Options in force', optionList(options)));
  if (versions && Object.keys(versions).length) parts.push(html`<h3>Versions</h3>${optionList(versions)}`);
  return parts.length ? { id: 'reproduce', title: 'To run it again', body: parts } : null;
};

/** Names and values, two columns that fold into one. */
export const optionList = (options: ReportSettings): Markup =>
  html`<dl class="options">${Object.entries(options).map(([name, value]) => html`<div><dt>${name}</dt><dd>${optionText(value)}</dd></div>`)}</dl>`;

const optionText = (value: ReportSettings[string]): string => {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return (typeof value === 'object' ? value.map(String).join(', ') : String(value)) || 'none';
};
