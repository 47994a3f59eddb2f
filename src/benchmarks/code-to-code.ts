import { checkOptions } from '../numerics/index.js';
import {
  CODE_TO_CODE_LANGUAGES,
  CODE_TO_CODE_PROGRAMS,
  type CodeToCodeLanguage,
} from './code-to-code-languages.js';
import { collapseSpace } from './collapse-space.js';
import { findDataTable } from './files/data-tables.js';
import { idField, stringField } from './files/json-lines.js';
import { readTables } from './files/read-table.js';
import { removePublishedComments } from './published-comments.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/** Which languages the queries and candidates of code-to-code search are in. */
export interface LoadCodeToCodeOptions {
  /**
   * The language of the candidates, for search across languages.
   * @defaultValue that of the queries
   */
  readonly candidates?: CodeToCodeLanguage;
  /**
   * Whether comments go, and from Python docstrings, by the rule of the published scripts; in Ruby these leave them.
   * @defaultValue 'published'
   */
  readonly comments?: 'published' | 'keep';
  /**
   * Takes the comments out of a program, instead of the published rule.
   * @defaultValue that of `comments`
   */
  readonly stripComments?: (code: string, language: CodeToCodeLanguage) => string | Promise<string>;
}

const checkLanguage = (name: string, language: CodeToCodeLanguage): void => {
  if (!Object.hasOwn(CODE_TO_CODE_PROGRAMS, language)) {
    throw new RangeError(`${name} must be one of ${CODE_TO_CODE_LANGUAGES.join(', ')}, received ${language}`);
  }
};

/**
 * Code2Code: each program of a language is a query, those that solve the same problem are relevant, MAP without a cutoff.
 *
 * Reads `<directory>/<language>_with_func.jsonl` or `<language>.jsonl` (fields `index`, `label`, `func`), or the same as
 * Parquet. Candidates are the programs of the same language, each left out of its own ranking, or with `candidates` those
 * of another. Programs without a relevant candidate are not queries. Comments go, and Python's docstrings, as in the
 * published scripts; then white space is collapsed.
 *
 * @throws MissingDataError when the file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadCodeToCode } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadCodeToCode('data/code2code', 'ruby', { candidates: 'java' });
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/code2code/ruby_with_func.jsonl is missing. Get …
 * }
 * ```
 * @see Guo et al. (2022), UniXcoder, zero-shot code-to-code search; Zhang et al. (2024), CodeSage.
 */
export const loadCodeToCode = async (
  directory: string,
  language: CodeToCodeLanguage,
  options: LoadCodeToCodeOptions = {},
): Promise<RetrievalTask> => {
  checkOptions('loadCodeToCode', options, { candidates: true, comments: true, stripComments: true });
  const { candidates = language, comments = 'published' } = options;
  checkLanguage('language', language);
  checkLanguage('candidates', candidates);
  if (comments !== 'published' && comments !== 'keep') {
    throw new RangeError(`comments must be published or keep, received ${String(comments)}`);
  }
  const { stripComments = comments === 'keep' ? (code: string) => code : removePublishedComments } = options;
  const filesOf = (name: CodeToCodeLanguage) => {
    const advice =
      'Get the Code2Code data (the zero-shot code-search set of UniXcoder in microsoft/CodeBERT on GitHub; the nine ' +
      `languages in amazon-science/CodeSage) and put ${name}_with_func.jsonl into ${directory}.`;
    const names = [`${name}_with_func`, name, `${name}/test`];
    return findDataTable(directory, names, advice, `${name}_with_func.jsonl`);
  };
  const read = (files: readonly string[], of: CodeToCodeLanguage) =>
    async function* programs(): AsyncGenerator<RetrievalText> {
      for await (const row of readTables(files, ['index', 'label', 'func'])) {
        const code = await stripComments(stringField(row, 'func'), of);
        yield {
          id: idField(row, 'index'),
          text: collapseSpace(code),
          key: idField(row, 'label'),
          place: row.place,
        };
      }
    };
  const [name, count] = CODE_TO_CODE_PROGRAMS[language];
  const queries = read(await filesOf(language), language);
  const own = candidates === language;
  const [otherName, otherCount] = CODE_TO_CODE_PROGRAMS[candidates];
  return {
    name: own ? name : `${name} → ${otherName.replace(/^\S+ /, '')}`,
    measure: 'map',
    queries,
    documents: own ? queries : read(await filesOf(candidates), candidates),
    selfRetrieval: own,
    ignoreIdenticalIds: !own,
    published: { queries: count, documents: otherCount },
  };
};
