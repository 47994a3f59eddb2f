import { checkOptions } from '../numerics/index.js';
import { findDataFile, idField, readJsonLines, stringField } from './json-lines.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/** The languages of Code2Code. */
export type CodeToCodeLanguage =
  | 'python'
  | 'java'
  | 'javascript'
  | 'typescript'
  | 'csharp'
  | 'c'
  | 'ruby'
  | 'php'
  | 'go';

const PROGRAMS: Readonly<Record<CodeToCodeLanguage, readonly [string, number]>> = {
  python: ['Code2Code Python', 15594],
  java: ['Code2Code Java', 23530],
  javascript: ['Code2Code JavaScript', 6866],
  typescript: ['Code2Code TypeScript', 3385],
  csharp: ['Code2Code C#', 11952],
  c: ['Code2Code C', 11260],
  ruby: ['Code2Code Ruby', 11744],
  php: ['Code2Code PHP', 6782],
  go: ['Code2Code Go', 9720],
};

/** The languages of Code2Code, in the order of the paper's table. */
export const CODE_TO_CODE_LANGUAGES = Object.keys(PROGRAMS) as readonly CodeToCodeLanguage[];

export interface LoadCodeToCodeOptions {
  /**
   * Takes the comments out of a program; the protocol asks for it. White space is collapsed afterwards in any case.
   * @defaultValue the code as it is
   */
  readonly stripComments?: (code: string) => string | Promise<string>;
}

/**
 * Code2Code of one language: each program is both query and candidate, and those that solve the same problem are relevant,
 * MAP without a cutoff.
 *
 * Reads `<directory>/<language>_with_func.jsonl` or `<language>.jsonl` (fields `index`, `label`, `func`). A program is
 * left out of its own ranking; programs without another solution are not queries. White space is collapsed.
 *
 * @throws MissingDataError when the file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadCodeToCode } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadCodeToCode('data/code2code', 'ruby');
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
  checkOptions('loadCodeToCode', options, { stripComments: true });
  if (!Object.hasOwn(PROGRAMS, language)) {
    throw new RangeError(
      `language must be one of ${CODE_TO_CODE_LANGUAGES.join(', ')}, received ${language}`,
    );
  }
  const { stripComments = (code: string) => code } = options;
  const [name, count] = PROGRAMS[language];
  const advice =
    'Get the Code2Code data (the zero-shot code-search set of UniXcoder in microsoft/CodeBERT on GitHub; the nine ' +
    `languages in amazon-science/CodeSage) and put ${language}_with_func.jsonl into ${directory}.`;
  const names = [`${language}_with_func.jsonl`, `${language}.jsonl`, `${language}/test.jsonl`];
  const file = await findDataFile(directory, names, advice);
  async function* programs(): AsyncGenerator<RetrievalText> {
    for await (const row of readJsonLines(file)) {
      const code = await stripComments(stringField(row, 'func'));
      const text = code.replace(/\s+/g, ' ').trim();
      yield { id: idField(row, 'index'), text, key: idField(row, 'label'), place: row.place };
    }
  }
  return {
    name,
    measure: 'map',
    queries: programs,
    documents: programs,
    selfRetrieval: true,
    ignoreIdenticalIds: false,
    published: { queries: count, documents: count },
  };
};
