import type { StoredFunction } from '../corpus/stored-function.js';
import { servicesOf } from '../options/models-in-use.js';
import type { RunOptions } from '../options/run-options.js';
import { readJsonLines } from '../store/json-lines.js';
import type { CorpusSummary } from './stages/corpus.js';

/** With as many repositories or more, which of them are held out moves a result by little. */
const ENOUGH_REPOSITORIES = 5;
const PARTS = 5;
/** Documented functions a part: of fewer, the spread is noise. */
const LEAST_QUESTIONS = 20;
/** What a run may take longer without being asked. */
const MOST_SECONDS = 300;

/** Whether to cross-validate, and what to say where that is left to the user. */
export interface FoldsChoice {
  /** Parts; null for none. */
  readonly folds: number | null;
  readonly advice: string | null;
}

const NONE: FoldsChoice = { folds: null, advice: null };

const about = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** Whether the number of repositories alone leaves the choice open. */
export const mayCrossValidate = (
  { folds, validationRepos, testRepos }: Pick<RunOptions, 'folds' | 'validationRepos' | 'testRepos'>,
  repositories: number,
): boolean =>
  folds === null
    ? repositories < ENOUGH_REPOSITORIES && validationRepos.length === 0 && testRepos.length === 0
    : folds > 0;

/**
 * How many parts to cross-validate over: as many as `--folds` says. Without it, five for fewer than five repositories, where one
 * division says little, if that takes no more than five minutes and no service is paid; else a line says what it would take.
 *
 * @param partSeconds What a part takes: from annotation to evaluation, as measured in this run.
 */
export const chooseFolds = (
  options: Pick<RunOptions, 'folds' | 'validationRepos' | 'testRepos' | 'models'>,
  { repositories, documented }: Pick<CorpusSummary, 'repositories' | 'documented'>,
  partSeconds: number,
): FoldsChoice => {
  if (options.folds !== null) return { folds: options.folds === 0 ? null : options.folds, advice: null };
  if (!mayCrossValidate(options, repositories.length)) return NONE;
  if (documented < PARTS * LEAST_QUESTIONS) return NONE;
  const isPaid = Object.values(servicesOf(options.models)).some(Boolean);
  const seconds = PARTS * partSeconds;
  if (!isPaid && seconds <= MOST_SECONDS) return { folds: PARTS, advice: null };
  const cost = `about ${about(seconds)} more${isPaid ? ', and labels of your services for each part' : ''}`;
  const what = repositories.length === 1 ? 'one repository' : `only ${repositories.length} repositories`;
  return {
    folds: null,
    advice:
      `Of ${what}, another choice of what is held out may move these figures by points. --folds ${PARTS} holds out each of ` +
      `${PARTS} parts once and says by how much (${cost}); --folds 0 leaves this line out.`,
  };
};

/**
 * Parts for files that are never divided: no more than there are files with a documented function, which `--folds` is told and
 * a choice made unasked has to see to. The corpus has at least three.
 *
 * @param functions The corpus stage's functions.jsonl.
 */
export const partsFor = async (folds: number, functions: string): Promise<number> => {
  const files = new Set<string>();
  for await (const { repository, path, documented } of readJsonLines<StoredFunction>(functions)) {
    if (documented) files.add(`${repository}\0${path}`);
    if (files.size >= folds) return folds;
  }
  return files.size;
};
