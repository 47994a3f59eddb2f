import type { RelevancePairs } from 'oasis-embed/metrics';
import { distinct } from '../corpus/distinct-texts.js';
import type { Split } from '../corpus/owner-split.js';
import { RepositorySample } from '../corpus/repository-sample.js';
import type { StoredFunction } from '../corpus/stored-function.js';
import type { RunOptions } from '../options/run-options.js';
import { readJsonLines } from '../store/json-lines.js';
import type { RunFolder } from '../store/run-folder.js';
import type { Progress } from '../terminal/progress.js';

/** What results are told by; the rest of a function stays on disk. */
export type HeldOutFunction = Pick<StoredFunction, 'id' | 'repository' | 'language' | 'qualifiedName'>;

/** A retrieval task: each docstring asks for its own code among the documented functions of its split. */
export interface RetrievalSet {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Which documents answer which queries: several where functions share a docstring. */
  readonly relevant: RelevancePairs & { readonly query: Uint32Array };
  /** Row i of `documents`. */
  readonly functions: readonly HeldOutFunction[];
  /** Documented functions of the split; more than `documents` where the options allow fewer. */
  readonly heldOut: number;
}

interface HeldOut extends HeldOutFunction {
  readonly summary: string;
  readonly code: string;
}

export interface RetrievalSetContext {
  readonly folder: Pick<RunFolder, 'path'>;
  readonly options: Pick<RunOptions, 'seed' | 'testFunctions'> & {
    readonly training: Pick<RunOptions['training'], 'validationFunctions'>;
  };
  /** Told when functions are left out. */
  readonly progress?: Pick<Progress, 'line'>;
}

/**
 * The task of a split, from functions.jsonl row by row: at most as many functions as the options name are kept, whole
 * repositories in a seeded order, see {@link RepositorySample}.
 */
export const retrievalSet = async (
  { folder, options, progress }: RetrievalSetContext,
  split: Exclude<Split, 'train'>,
): Promise<RetrievalSet> => {
  const [limit, flag] =
    split === 'test'
      ? [options.testFunctions, '--test-functions']
      : [options.training.validationFunctions, '--validation-functions'];
  const sample = new RepositorySample<HeldOut>(limit, options.seed);
  for await (const fn of readJsonLines<StoredFunction>(folder.path('functions'))) {
    if (!fn.documented || fn.split !== split) continue;
    const { id, repository, language, qualifiedName, code } = fn;
    sample.add(repository, () => ({ id, repository, language, qualifiedName, code, summary: fn.summary! }));
  }
  const own = sample.settle();
  if (own.length < sample.total) {
    const use = split === 'test' ? 'ranked' : 'used for validation';
    progress?.line(`${own.length} of ${sample.total} held-out documented functions are ${use} (${flag})`);
  }
  const { texts, rows } = distinct(own.map((fn) => fn.summary));
  return {
    queries: texts,
    documents: own.map((fn) => fn.code),
    relevant: { query: rows, document: Uint32Array.from(rows, (_, i) => i) },
    functions: own,
    heldOut: sample.total,
  };
};

/**
 * The code of functions without a doc that a search finds beside those of a set: of the same side and repositories, at most
 * as many as the set's own limit allows.
 */
export const undocumentedCodes = async (
  { folder, options }: RetrievalSetContext,
  split: Exclude<Split, 'train'>,
  { functions }: Pick<RetrievalSet, 'functions'>,
): Promise<string[]> => {
  const repositories = new Set(functions.map(({ repository }) => repository));
  const limit = split === 'test' ? options.testFunctions : options.training.validationFunctions;
  const codes: string[] = [];
  for await (const fn of readJsonLines<StoredFunction>(folder.path('functions'))) {
    if (functions.length + codes.length >= limit) break;
    if (!fn.documented && fn.split === split && repositories.has(fn.repository)) codes.push(fn.code);
  }
  return codes;
};
