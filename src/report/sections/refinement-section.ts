import { html, type Markup } from '../markup.js';
import { formatCount, formatDecimal, formatQuantity, formatShare } from '../number-format.js';
import { behind, codeBlock, dataTable, type Section } from '../page-parts.js';
import type { RefinementReport, ReportData } from '../report-data.js';

type RefinementExample = NonNullable<RefinementReport['examples']>[number];

/** What refinement changed: counts by rule and verdict, and examples side by side. */
export const refinementSection = ({ refinement }: ReportData): Section | null => {
  if (!refinement) return null;
  return {
    id: 'refinement',
    title: 'What refinement changed',
    body: html`<p>A negative is a suspect when its similarity is past the threshold or above that of the query’s own code, or when its syntax tree is close to that code’s. The judge, ${refinement.judge}, then says whether it answers the query; if so, its similarity rises by ${formatDecimal(refinement.deltaS, 2)}, to at most 1.</p>
${countsTable(refinement)}${refinement.examples?.length ? examples(refinement.examples) : null}`,
  };
};

/** Examples that are open from the start: two functions each, which on a phone stand below one another. */
const OPEN_EXAMPLES = 2;

const examples = (all: readonly RefinementExample[]): Markup => {
  const rest = all.slice(OPEN_EXAMPLES);
  return html`<h3>Examples</h3>${all.slice(0, OPEN_EXAMPLES).map(example)}${rest.length > 0 && html`<div class="broad">${behind(formatQuantity(rest.length, 'further example'), html`${rest.map(example)}`)}</div>`}`;
};

const ruleNames: Readonly<Record<string, string>> = {
  threshold: 'threshold',
  tree: 'syntax tree',
  ast: 'syntax tree',
  aboveOwnPositive: 'above own positive',
  both: 'threshold and tree',
};

/** Rules joined by ` + ` named a suspect together. */
const ruleName = (rule: string): string =>
  rule
    .split(' + ')
    .map((name) => (Object.hasOwn(ruleNames, name) ? (ruleNames[name] ?? name) : name))
    .join(' and ');

const countsTable = (refinement: RefinementReport): Markup => {
  const invalid = refinement.rules.some((rule) => rule.invalid);
  const sum = (pick: 'suspects' | 'accepted' | 'rejected' | 'invalid') =>
    refinement.rules.reduce((total, rule) => total + (rule[pick] ?? 0), 0);
  const row = (
    name: string,
    counts: { suspects: number; accepted: number; rejected: number; invalid: number },
  ) => [
    name,
    formatCount(counts.suspects),
    formatShare(counts.suspects, refinement.pairs),
    formatCount(counts.accepted),
    formatCount(counts.rejected),
    ...(invalid ? [formatCount(counts.invalid)] : []),
  ];
  const totals = {
    suspects: sum('suspects'),
    accepted: sum('accepted'),
    rejected: sum('rejected'),
    invalid: sum('invalid'),
  };
  const several = refinement.rules.length > 1;
  return dataTable({
    caption: `Suspects and verdicts among ${formatQuantity(refinement.pairs, 'negative')}`,
    phrases: true,
    columns: [
      { label: 'Rule' },
      { label: 'Suspects', numeric: true },
      { label: 'Of negatives', numeric: true },
      { label: 'Raised', numeric: true },
      { label: 'Left alone', numeric: true },
      ...(invalid ? [{ label: 'No verdict', numeric: true }] : []),
    ],
    rows: [
      ...refinement.rules.map((rule) => row(ruleName(rule.rule), { ...rule, invalid: rule.invalid ?? 0 })),
      ...(several ? [row('all rules', totals)] : []),
    ],
    emphasized: several ? [refinement.rules.length] : [],
  });
};

const verdicts = { accepted: 'raised', rejected: 'left alone', invalid: 'no verdict' } as const;

const example = (item: RefinementExample): Markup => {
  const change =
    item.before === item.after
      ? html`${formatDecimal(item.before)}, unchanged`
      : html`${formatDecimal(item.before)} <span aria-hidden="true">→</span><span class="hidden"> raised to </span> <strong>${formatDecimal(item.after)}</strong>`;
  return html`<article class="example"><p class="query">${item.query}</p>
<ul class="facts"><li class="verdict ${verdictClass(item.verdict)}">${verdicts[item.verdict]}</li><li>similarity ${change}</li><li>${ruleName(item.rule)}</li>${item.treeRatio !== undefined && html`<li>tree edit ratio ${formatDecimal(item.treeRatio, 2)}</li>`}</ul>
${item.reason && html`<p class="quiet">${item.reason}</p>`}
<div class="sides">${codeBlock(item.positive, html`<span class="role">Its own code</span>`)}${codeBlock(item.candidate, html`<span class="role">The negative</span>`)}</div></article>`;
};

const verdictClass = (verdict: RefinementExample['verdict']): string =>
  verdict === 'accepted' ? 'raised' : 'left';
