import { repositoryCount, splitsShareRepositories } from './corpus-counts.js';
import { meanAndDeviation } from './figures/index.js';
import {
  formatCount,
  formatDecimal,
  formatDifference,
  formatMeasure,
  formatPValue,
  formatQuantity,
} from './number-format.js';
import type { AblationReport, EvaluationReport, ReportData } from './report-data.js';

type SystemReport = EvaluationReport['systems'][number];

/**
 * The run in sentences, written from its data: what was trained, on what, what came out, whoever wins.
 *
 * @returns Paragraphs of plain text, not escaped.
 */
export const summarize = (data: ReportData): readonly string[] =>
  [
    trainedOn(data),
    results(data),
    labels(data),
    learning(data),
    data.ablation ? ablation(data.ablation) : '',
  ].filter((paragraph) => paragraph !== '');

const trainedOn = ({ corpus, training }: ReportData): string => {
  const sentences: string[] = [];
  const train = corpus?.repositories.filter((repository) => repository.split === 'train') ?? [];
  const functions = train.reduce((sum, repository) => sum + total(repository.functions), 0);
  const material =
    corpus && train.length
      ? `${formatQuantity(functions, 'function')} from ${formatQuantity(repositoryCount(corpus, 'train'), 'repository', 'repositories')}`
      : '';
  if (training) {
    const facts = [
      training.dimensions && formatQuantity(training.dimensions, 'dimension'),
      training.parameters && formatQuantity(training.parameters, 'parameter'),
    ].filter(Boolean);
    const encoder = `${indefinite(training.encoder)} ${training.encoder} encoder${facts.length ? ` (${facts.join(', ')})` : ''}`;
    sentences.push(
      `${encoder} was trained to match descriptions to code${material ? ` on ${material}` : ''}.`,
    );
  } else if (material) {
    sentences.push(`The training split holds ${material}.`);
  }
  if (corpus?.negativesPerQuery) {
    sentences.push(
      `Each description was paired with its own code and with ${formatQuantity(corpus.negativesPerQuery, 'other function')} of the same repository${corpus.docstrings ? `; the descriptions are ${corpus.docstrings}` : ''}.`,
    );
  }
  return sentences.join(' ');
};

const results = ({ evaluation, corpus }: ReportData): string => {
  const measure = evaluation?.measures[0];
  const trained = evaluation && trainedSystem(evaluation);
  const own = measure !== undefined ? trained?.measures[measure] : undefined;
  if (!evaluation || !measure || !trained || !own) return '';
  const repositories = evaluation.repositories ?? (corpus ? repositoryCount(corpus, 'test') : 0);
  const where = repositories
    ? ` from ${formatQuantity(repositories, 'repository', 'repositories')}${corpus && splitsShareRepositories(corpus) ? ', in files kept out of training' : ' kept out of training'}`
    : '';
  const interval =
    own.low !== undefined && own.high !== undefined
      ? ` (${formatMeasure(own.low)} to ${formatMeasure(own.high)})`
      : '';
  const sentences = [
    `On ${formatQuantity(evaluation.queries, 'query', 'queries')}${where}, each ranked against ${formatQuantity(evaluation.candidates, 'function')}, the trained encoder reaches an ${measure} of ${formatMeasure(own.value)}${interval} out of 100.`,
  ];
  for (const other of evaluation.systems) {
    if (other !== trained) sentences.push(compare(evaluation, trained, other, measure));
  }
  return sentences.filter(Boolean).join(' ');
};

const compare = (
  evaluation: EvaluationReport,
  trained: SystemReport,
  other: SystemReport,
  measure: string,
): string => {
  const own = trained.measures[measure];
  const theirs = other.measures[measure];
  if (!own || !theirs) return '';
  const name = systemName(other);
  const points = `${formatDifference(Math.abs(own.value - theirs.value)).replace(/^[+±]/, '')} points`;
  const values = `${name} reaches ${formatMeasure(theirs.value)}`;
  if (own.value === theirs.value) return `${capital(values)}, exactly the same.`;
  const better = own.value > theirs.value;
  const test = evaluation.comparisons?.find(
    (comparison) =>
      comparison.measure === measure &&
      comparison.system === trained.name &&
      comparison.against === other.name,
  );
  if (!test) return `${capital(values)}: the trained encoder is ${points} ${better ? 'above' : 'below'} it.`;
  const p = formatPValue(test.pValue);
  if (test.pValue >= 0.05) {
    return `${capital(values)}; the trained encoder is ${points} ${better ? 'above' : 'below'} it, which may be due to chance (${p}).`;
  }
  return better
    ? `${capital(values)}: the trained encoder is ${points} better (${p}).`
    : `${capital(values)}: the trained encoder is ${points} worse (${p}).`;
};

const labels = ({ similarity, refinement }: ReportData): string => {
  const sentences: string[] = [];
  if (similarity?.threshold.kind === 'intersection') {
    const at = `s*\u00a0=\u00a0${formatDecimal(similarity.threshold.value)}`;
    const { ashmanD } = similarity;
    const of = similarity.pairs ? 'all pairs' : 'the negatives';
    sentences.push(
      ashmanD !== undefined && !(ashmanD > 2)
        ? `The two components fitted to the similarities of ${of} cross at ${at}, though they are hardly apart (Ashman’s D is ${formatDecimal(ashmanD, 2)}, not above 2).`
        : `The two components fitted to the similarities of ${of} cross at ${at}.`,
    );
  } else if (similarity?.threshold.kind === 'chosen') {
    sentences.push(
      `Similarities of ${formatDecimal(similarity.threshold.value)} or more counted as suspect (${bare(similarity.threshold.reason)}).`,
    );
  } else if (similarity) {
    sentences.push(`No threshold could be read from the similarities: ${bare(similarity.threshold.reason)}.`);
  }
  if (refinement) {
    const suspects = sum(refinement.rules.map((rule) => rule.suspects));
    const raised = sum(refinement.rules.map((rule) => rule.accepted));
    const found = `Of ${formatQuantity(refinement.pairs, 'negative')}, ${formatCount(suspects)} looked as if they might answer their query after all`;
    sentences.push(
      raised === 0
        ? `${found}; the judge agreed with none, so no label changed.`
        : `${found}; the judge agreed with ${formatCount(raised)}, whose similarity was raised by ${formatDecimal(refinement.deltaS, 2)}.`,
    );
  }
  return sentences.join(' ');
};

const learning = ({ training }: ReportData): string => {
  const validation = training?.validation;
  if (!validation || validation.values.length === 0) return '';
  const steps = Array.from(validation.steps);
  const at = steps.indexOf(validation.bestStep);
  const first = validation.values[0] ?? Number.NaN;
  const best = validation.values[at] ?? Number.NaN;
  const stopped = training.stopped ? ` Training ended: ${bare(training.stopped)}.` : '';
  if (at <= 0 || !(best > first)) {
    return `Validation ${validation.measure} never rose above its first value of ${formatMeasure(first)}, so the first weights were kept: training did not help here.${stopped}`;
  }
  return `Validation ${validation.measure} rose from ${formatMeasure(first)} to ${formatMeasure(best)} at step ${formatCount(validation.bestStep)}, whose weights were kept.${stopped}`;
};

const ablation = (report: AblationReport): string => {
  const rows = report.rows
    .filter((row) => row.values.some(Number.isFinite))
    .map((row) => ({ ...row, ...meanAndDeviation(row.values.filter(Number.isFinite)) }));
  const full = rows.find((row) => row.full);
  const rival = rows.filter((row) => row !== full).sort((a, b) => b.mean - a.mean)[0];
  if (!full || !rival) return '';
  const seeds = full.values.length;
  const own = `Over ${formatQuantity(seeds, 'seed')}, the full recipe averages ${formatMeasure(full.mean)} ${report.measure}`;
  const other = `“${rival.name}” at ${formatMeasure(rival.mean)}`;
  const close = Math.abs(full.mean - rival.mean) <= Math.max(full.deviation, rival.deviation);
  const spread = close && seeds > 1 ? ', a difference within the spread of the seeds' : '';
  if (full.mean > rival.mean)
    return `${own}, the most of ${rows.length} variants; the next is ${other}${spread}.`;
  if (full.mean === rival.mean) return `${own}, the same as ${other}.`;
  return `${own}; the best variant here is ${other}${spread}.`;
};

/** The system the page speaks of: the one marked trained, else the last. */
export const trainedSystem = (evaluation: EvaluationReport): SystemReport | undefined =>
  evaluation.systems.find((system) => system.role === 'trained') ??
  (evaluation.systems.some((system) => system.role) ? undefined : evaluation.systems.at(-1));

const systemName = (system: SystemReport): string =>
  system.role === 'untrained' ? 'the same encoder before training' : system.name;

const total = (counts: Readonly<Record<string, number>>): number => sum(Object.values(counts));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const bare = (text: string): string => text.trim().replace(/\.$/, '');
const indefinite = (word: string): string => (/^[aeiou]/i.test(word) ? 'An' : 'A');
