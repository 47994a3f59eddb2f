import { repositoryCount, type Split, splitsShareRepositories } from '../corpus-counts.js';
import { barsFigure } from '../figures/index.js';
import { languageName } from '../language-name.js';
import { html, type Markup, type MarkupValue } from '../markup.js';
import { formatCount, formatQuantity, formatShare } from '../number-format.js';
import { dataTable, largestRows, responsiveFigure, type Section } from '../page-parts.js';
import type { CorpusReport, ReportData } from '../report-data.js';

const splits: readonly Split[] = ['train', 'validation', 'test'];

/** The data card: repositories, splits, languages, filters. */
export const dataSection = ({ corpus }: ReportData): Section | null => {
  if (!corpus) return null;
  const kept = sum(corpus.repositories.map(functionsOf));
  return {
    id: 'data',
    title: 'The data',
    body: html`<p>${formatQuantity(kept, 'function')} from ${formatQuantity(repositoryCount(corpus), 'repository', 'repositories')} were kept${corpus.functionsFound !== undefined && ` of ${formatCount(corpus.functionsFound)} found${corpus.files !== undefined ? ` in ${formatQuantity(corpus.files, 'file')}` : ''}`}.${corpus.docstrings && ` Descriptions: ${corpus.docstrings}.`} ${splitsShareRepositories(corpus) ? 'Repositories are divided between the splits: the test tells how well known repositories are searched, not new ones.' : 'No repository stands in two splits.'}</p>
${splitTable(corpus)}${repositoryTable(corpus)}${languages(corpus)}${filters(corpus, kept)}${filesNotRead(corpus)}${syntaxErrors(corpus)}`,
  };
};

const splitTable = (corpus: CorpusReport): Markup => {
  const rows = splits.map((split) => {
    const own = corpus.repositories.filter((repository) => repository.split === split);
    return [split, formatCount(repositoryCount(corpus, split)), formatCount(sum(own.map(functionsOf)))];
  });
  return dataTable({
    caption: 'Functions by split',
    columns: [
      { label: 'Split' },
      { label: 'Repositories', numeric: true },
      { label: 'Functions', numeric: true },
    ],
    rows,
  });
};

const repositoryTable = (corpus: CorpusReport): Markup => {
  const rows = corpus.repositories.toSorted(
    (a, b) => splits.indexOf(a.split) - splits.indexOf(b.split) || functionsOf(b) - functionsOf(a),
  );
  const licensed = rows.some((repository) => repository.license);
  const { shown, leftOut } = largestRows(rows, functionsOf, {
    one: 'repository',
    many: 'repositories',
    by: 'functions',
  });
  return html`<details${rows.length <= 16 && html` open=""`}><summary>${formatQuantity(repositoryCount(corpus), 'repository', 'repositories')}</summary>${dataTable(
    {
      caption: 'Repositories',
      hideCaption: true,
      columns: [
        { label: 'Repository' },
        { label: 'Split' },
        { label: 'Functions', numeric: true },
        { label: 'Languages' },
        ...(licensed ? [{ label: 'License' }] : []),
      ],
      rows: shown.map((repository) => [
        html`${repository.name}${repository.version && html` <span class="quiet">${repository.version}</span>`}`,
        repository.split,
        formatCount(functionsOf(repository)),
        Object.keys(repository.functions).map(languageName).join(', '),
        ...(licensed ? [repository.license ?? '–'] : []),
      ]),
    },
  )}${leftOut}</details>`;
};

const languages = (corpus: CorpusReport): MarkupValue => {
  const counts = new Map<string, number>();
  for (const repository of corpus.repositories) {
    for (const [language, count] of Object.entries(repository.functions)) {
      counts.set(language, (counts.get(language) ?? 0) + count);
    }
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  if (sorted.length < 2) return null;
  return html`<h3>Languages</h3>${responsiveFigure({
    draw: (width) =>
      barsFigure({
        title: 'Functions by language',
        groups: [
          {
            bars: sorted.map(([label, value]) => ({
              label: languageName(label),
              value,
              text: formatCount(value),
            })),
          },
        ],
        width,
      }),
  })}`;
};

const filters = (corpus: CorpusReport, kept: number): MarkupValue => {
  if (!corpus.filters?.length) return null;
  const total = corpus.functionsFound ?? kept + sum(corpus.filters.map((filter) => filter.count));
  return html`<h3>Functions left out</h3>${dataTable({
    caption: 'Functions left out by reason',
    hideCaption: true,
    columns: [
      { label: 'Reason' },
      { label: 'Functions', numeric: true },
      { label: 'Of all found', numeric: true },
    ],
    rows: [
      ...corpus.filters
        .toSorted((a, b) => b.count - a.count)
        .map((filter) => [
          reasonWords(filter.reason),
          formatCount(filter.count),
          formatShare(filter.count, total),
        ]),
      ['kept', formatCount(kept), formatShare(kept, total)],
    ],
    emphasized: [corpus.filters.length],
  })}`;
};

const filesNotRead = (corpus: CorpusReport): MarkupValue =>
  corpus.filesNotRead?.length
    ? html`<h3>Files and folders not read</h3>${dataTable({
        caption: 'Files and folders not read, by reason',
        hideCaption: true,
        columns: [{ label: 'Reason' }, { label: 'Files and folders', numeric: true }],
        rows: corpus.filesNotRead
          .toSorted((a, b) => b.count - a.count)
          .map(({ reason, count }) => [reasonWords(reason), formatCount(count)]),
      })}`
    : null;

const syntaxErrors = ({ syntaxErrors: found }: CorpusReport): MarkupValue =>
  found !== undefined && found.files > 0
    ? html`<p>Files with syntax errors, read as far as possible: ${formatCount(found.files)}. Functions found that hold one: ${formatCount(found.functions)}.</p>`
    : null;

/** `short-body` reads `short body`; a reason in words stays as it is. */
const reasonWords = (reason: string): string =>
  /^[a-z]+(-[a-z]+)+$/.test(reason) ? reason.replaceAll('-', ' ') : reason;

const functionsOf = (repository: CorpusReport['repositories'][number]): number =>
  sum(Object.values(repository.functions));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
