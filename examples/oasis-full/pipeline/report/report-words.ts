import type { RunOptions } from '../../options/run-options.js';
import type { TrainingOptions } from '../../options/training-options.js';
import { type AnnotationSummary, agreementLines } from '../stages/annotation.js';

/** What a reader must know of the labels before any number. */
export const notesOf = (
  { models, teacherScale }: RunOptions,
  { writer, teachers }: AnnotationSummary,
): string[] => {
  const docstrings =
    models.docstrings === 'author' ? 'Docstrings are the authors’ own' : `Docstrings are by ${writer}`;
  const named = [...models.embedders, ...models.embeddingModels, ...models.crossEncoders];
  const offline = named.every((name) => name === 'lsa');
  const similarities = offline
    ? 'similarities come from an offline model (LSA), not from a large one'
    : `similarities come from ${named.join(', ')}`;
  const scaled = {
    none: 'averaged as they are',
    'z-score': 'averaged at one mean and spread',
    rank: 'averaged by their ranks',
  }[teacherScale];
  const agreement = teachers.names.length === 1 ? [] : [`${scaled}: ${agreementLines(teachers).join('; ')}`];
  return [`${docstrings}; ${[similarities, ...agreement].join(', ')}.`];
};

const counted = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

/** What was trained on, in words. */
export const corpusName = ({ repos, functions }: Pick<RunOptions, 'repos' | 'functions'>): string =>
  [
    ...counted(repos.length, 'repository', 'repositories'),
    ...counted(functions.length, 'file of functions', 'files of functions'),
  ].join(' and ') || 'npm packages';

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The arguments without the address of a queue's server, which may hold a password. */
const withoutPasswords = (words: readonly string[]): string[] =>
  words.map((word, i) =>
    words[i - 1] === '--connection' ? 'URL' : word.replace(/^--connection=.*/s, '--connection=URL'),
  );

/** How CoSENT departs from the published form. */
export const cosentSettings = ({
  cosentGroups,
  cosentMargin,
  cosentNormalize,
  cosentTemperature,
  labels,
  positiveLabels,
}: TrainingOptions): Record<string, string | number> => ({
  ...(cosentGroups === 'all' ? {} : { 'CoSENT orders': 'pairs of one query' }),
  ...(cosentMargin === 0 ? {} : { 'margin of CoSENT': cosentMargin }),
  ...(cosentNormalize === 'none' ? {} : { 'normalization of CoSENT': cosentNormalize }),
  ...(cosentTemperature === null ? {} : { 'temperature of CoSENT': cosentTemperature }),
  ...(labels === 'sampled' ? {} : { labels: 'every pair of the batch' }),
  ...(positiveLabels === 'label' ? {} : { positives: 'on top of all labels' }),
});

/** The command that made the run, as it can be typed again. */
export const commandOf = (args: readonly string[]): string =>
  ['npm run oasis-full', ...(args.length > 0 ? ['--'] : []), ...withoutPasswords(args).map(shellWord)].join(
    ' ',
  );
