import type { LanguageId } from 'oasis-embed/syntax';
import { grammarVersion } from 'oasis-embed/syntax';
import type { StoredFunction } from '../../corpus/stored-function.js';
import type { ShardInput } from '../../engine/shard-task.js';
import { getsDocstring } from '../../models/docstring-writer.js';
import { localEmbedders } from '../../models/labeler.js';
import { docstringSettings } from '../../options/models-in-use.js';
import type { RunOptions } from '../../options/run-options.js';
import { readJsonLines } from '../../store/json-lines.js';
import { LABELER_FUNCTIONS } from '../shards/labeler.js';
import { addCounts, byCount } from './counts.js';
import type { RecipeContext } from './recipe-context.js';
import { type Group, writeGroups } from './write-groups.js';

/** The functions of whole repositories with what is known of them before any pair is made. */
export interface AnnotatedGroup extends Group {
  readonly queries: ShardInput;
  readonly trees: ShardInput;
}

export interface AnnotatedGroups {
  readonly groups: readonly AnnotatedGroup[];
  /** Functions that ask. */
  readonly functions: number;
  /** Distinct docstrings. */
  readonly docstrings: number;
  /** Rows of docstrings.jsonl, a file for each group. */
  readonly written: readonly ShardInput[];
  /** Functions without a docstring, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** The files of the offline labeler; empty where the options name others. */
  readonly labeler: readonly ShardInput[];
}

export type AnnotateOptions = Pick<RunOptions, 'models' | 'seed' | 'labelDimensions'>;

const grammarsOf = async (languages: readonly LanguageId[]): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(languages.map(async (language) => [language, await grammarVersion(language)] as const)),
  );

/** Docstrings and their numbers, syntax trees and the offline labeler: all that does not depend on the pairs. */
export const annotateGroups = async (
  { folder, progress, shards, shardSize }: RecipeContext,
  { models, seed, labelDimensions }: AnnotateOptions,
): Promise<AnnotatedGroups> => {
  const stored = () => readJsonLines<StoredFunction>(folder.path('functions'));
  const isAsked = (fn: StoredFunction) => getsDocstring(fn, models);
  const asked = new Set<string>();
  if (models.docstrings !== 'author')
    for await (const fn of stored()) if (isAsked(fn)) asked.add(fn.repository);
  // A model is shown callers and callees, documented or not; authors' docstrings need no context.
  const isShown = (fn: StoredFunction) =>
    models.docstrings === 'author' ? isAsked(fn) : asked.has(fn.repository);
  const groups = await writeGroups(folder.root, stored, isShown, shardSize);
  const members = groups.map((group) => group.members);

  const docstrings = await shards(
    'docstrings',
    groups.map((group) => ({
      shard: group.name,
      inputs: [group.members],
      options: docstringSettings(models),
      how: models,
    })),
  );
  const written = docstrings.map(({ outputs }) => outputs[0]!);
  const failures = byCount(addCounts(docstrings.map(({ summary }) => summary.failures)));
  for (const [reason, count] of Object.entries(failures).slice(0, 5))
    progress.line(`${count} functions without a docstring: ${reason}`);
  const [numbered] = await shards('queries', [
    { shard: 'all', inputs: [...members, ...written], options: { groups: groups.map(({ name }) => name) } },
  ]);
  const { functions, docstrings: distinct } = numbered!.summary;
  const queries = numbered!.outputs;

  // The labeler takes as long as all trees together and does not need them.
  const [fitted, parsed] = await Promise.all([
    shards(
      'labeler',
      !localEmbedders(models).includes('lsa')
        ? []
        : [
            {
              shard: 'lsa',
              inputs: [...members, ...queries],
              options: {
                dimensions: labelDimensions,
                seed,
                every: Math.ceil(functions / LABELER_FUNCTIONS),
                groups: groups.length,
              },
            },
          ],
    ),
    shards(
      'trees',
      await Promise.all(
        groups.map(async (group, i) => ({
          shard: group.name,
          inputs: [group.members, queries[i]!],
          options: { grammars: await grammarsOf(group.languages) },
        })),
      ),
    ),
  ]);
  return {
    groups: groups.map((group, i) => ({ ...group, queries: queries[i]!, trees: parsed[i]!.outputs[0]! })),
    functions,
    docstrings: distinct,
    written,
    failures,
    labeler: fitted.flatMap(({ outputs }) => outputs),
  };
};
