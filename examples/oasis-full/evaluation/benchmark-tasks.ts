import {
  CODE_SEARCH_NET_LANGUAGES,
  CODE_TO_CODE_LANGUAGES,
  type CodeToCodeLanguage,
  loadAdvTest,
  loadBeir,
  loadCodeSearchNet,
  loadCodeToCode,
  loadCosqa,
  type PredictionKey,
  type RetrievalTask,
} from 'oasis-embed/benchmarks';
import { loadLanguage, stripComments } from 'oasis-embed/syntax';

export const BENCHMARKS = ['cosqa', 'advtest', 'codesearchnet', 'code2code', 'beir'] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

/** A task as the command runs it. */
export interface ChosenTask {
  /** For names of files: `csn-python`. */
  readonly slug: string;
  readonly load: () => Promise<RetrievalTask>;
  readonly predictionKey: PredictionKey;
}

/** The protocol asks for code without comments; what a parser cannot read stays as it is. */
const commentStripper = async (language: CodeToCodeLanguage) => {
  const parser = await loadLanguage(language);
  return (code: string) => stripComments(parser, code);
};

const chosenLanguages = <L extends string>(
  asked: readonly string[],
  known: readonly L[],
  benchmark: string,
): readonly L[] => {
  if (asked.length === 0) return known;
  return asked.map((language) => {
    const found = known.find((name) => name === language);
    if (found === undefined) {
      throw new RangeError(
        `--language of ${benchmark} must be one of ${known.join(', ')}, received ${language}`,
      );
    }
    return found;
  });
};

/**
 * The tasks of a benchmark, one for each language.
 *
 * @throws RangeError when the benchmark has no such language, or no languages at all.
 */
export const chooseTasks = (
  benchmark: BenchmarkName,
  directory: string,
  options: {
    readonly languages: readonly string[];
    readonly split: string;
    readonly identicalIds: 'auto' | 'drop' | 'keep';
  },
): readonly ChosenTask[] => {
  const { languages, split, identicalIds } = options;
  const ignored = identicalIds === 'auto' ? {} : { ignoreIdenticalIds: identicalIds === 'drop' };
  if (languages.length > 0 && benchmark !== 'codesearchnet' && benchmark !== 'code2code') {
    throw new RangeError(`--language does not apply: ${benchmark} is a single task`);
  }
  switch (benchmark) {
    case 'cosqa':
      return [{ slug: 'cosqa', load: () => loadCosqa(directory), predictionKey: 'url' }];
    case 'advtest':
      return [{ slug: 'advtest', load: () => loadAdvTest(directory), predictionKey: 'url' }];
    case 'beir':
      return [{ slug: 'beir', load: () => loadBeir(directory, { split, ...ignored }), predictionKey: 'url' }];
    case 'codesearchnet':
      return chosenLanguages(languages, CODE_SEARCH_NET_LANGUAGES, benchmark).map((language) => ({
        slug: `csn-${language}`,
        load: () => loadCodeSearchNet(directory, language),
        predictionKey: 'url',
      }));
    case 'code2code':
      return chosenLanguages(languages, CODE_TO_CODE_LANGUAGES, benchmark).map((language) => ({
        slug: `code2code-${language}`,
        load: async () =>
          loadCodeToCode(directory, language, { stripComments: await commentStripper(language) }),
        predictionKey: 'index',
      }));
  }
};
