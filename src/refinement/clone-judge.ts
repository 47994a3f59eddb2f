import { checkOptions, type OptionNames } from '../numerics/index.js';
import { type LanguageId, type LoadLanguageOptions, loadLanguage } from '../syntax/index.js';
import type { Judge, JudgeVerdict } from './judge.js';
import { type Renaming, renamingForm } from './renaming-form.js';

/** Options of {@link cloneJudge}. */
export interface CloneJudgeOptions extends LoadLanguageOptions {
  /**
   * Which identifiers may differ: `all`, one to one, or only `local` ones, so that `Math.sin(x)` and
   * `Math.cos(x)` are told apart. @defaultValue 'all'
   */
  readonly renaming?: Renaming;
  /** Smaller trees are never accepted: they are similar by chance. Named nodes. @defaultValue 20 */
  readonly minNodes?: number;
}

type Form = { readonly text: string; readonly nodes: number } | { readonly flaw: string };

const CLONE_JUDGE_OPTIONS: OptionNames<CloneJudgeOptions> = { renaming: true, minNodes: true, from: true };

/**
 * A judge that needs no model: a candidate answers the query if it equals the positive up to renaming.
 *
 * Both codes are parsed as lone functions. They are clones when their trees have the same node types, operators
 * and literals in the same order and a one-to-one renaming of identifiers turns one into the other; comments
 * and layout do not count. Codes in different languages are no clones; code that does not parse makes the case
 * `invalid`. Each distinct code is parsed once.
 *
 * @throws Through `decide`, as a verdict: a missing grammar names the package to install.
 *
 * Time O(nodes) per distinct code; memory: one string for each.
 *
 * @example
 * ```ts
 * import { cloneJudge } from 'oasis-embed/refinement';
 * const judge = cloneJudge({ minNodes: 5 });
 * const languages = { positiveLanguage: 'javascript', candidateLanguage: 'javascript' } as const;
 * const verdict = await judge.decide(
 *   {
 *     query: 'add two numbers',
 *     positive: 'function add(a, b) { return a + b; }',
 *     candidate: 'function sum(x, y) { return x + y; }',
 *     treeRatio: 0,
 *     ...languages,
 *   },
 *   { seed: 0 },
 * );
 * console.log(verdict.outcome); // raise
 * ```
 */
export const cloneJudge = (options: CloneJudgeOptions = {}): Judge => {
  checkOptions('cloneJudge', options, CLONE_JUDGE_OPTIONS);
  const { renaming = 'all', minNodes = 20, ...loading } = options;
  const forms = new Map<string, Form>();

  const formOf = async (code: string, language: LanguageId): Promise<Form> => {
    const key = `${language}\n${code}`;
    const known = forms.get(key);
    if (known !== undefined) return known;
    const parser = await loadLanguage(language, loading);
    const form = parser.withSnippet(code, (cursor, { hasError, isFunction }): Form => {
      if (hasError) return { flaw: `does not parse as ${language}` };
      if (!isFunction) return { flaw: `holds no ${language} function` };
      return renamingForm(cursor, renaming);
    });
    forms.set(key, form);
    return form;
  };

  const invalid = (note: string): JudgeVerdict => ({ outcome: 'invalid', note });
  const keep = (note: string): JudgeVerdict => ({ outcome: 'keep', note });

  return {
    name: `clone judge (${renaming === 'all' ? 'any renaming' : 'local renaming'}, ${minNodes} nodes)`,
    decide: async ({ positive, candidate, positiveLanguage, candidateLanguage }) => {
      if (positive === null) return invalid('the query has no positive to compare with');
      if (positiveLanguage === null || candidateLanguage === null) {
        return invalid('the language of the codes is not known');
      }
      if (positiveLanguage !== candidateLanguage) return keep('the codes are in different languages');
      const ours = await formOf(positive, positiveLanguage);
      if ('flaw' in ours) return invalid(`the positive ${ours.flaw}`);
      const theirs = await formOf(candidate, candidateLanguage);
      if ('flaw' in theirs) return invalid(`the candidate ${theirs.flaw}`);
      if (ours.text !== theirs.text) return keep('the trees differ beyond names');
      if (ours.nodes < minNodes) return keep(`the trees are equal but have only ${ours.nodes} nodes`);
      return { outcome: 'raise', note: `the same tree of ${ours.nodes} nodes up to renaming` };
    },
  };
};
