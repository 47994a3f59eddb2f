import {
  CODE_SEARCH_NET_LANGUAGES,
  CODE_TO_CODE_LANGUAGES,
  LIBRARY_CODE_SETS,
  type LibraryCodeSet,
  loadAdvTest,
  loadBeir,
  loadCodeSearchNet,
  loadCodeToCode,
  loadCosqa,
  loadIssueToFunction,
  loadLibraryCode,
  loadPoj104,
  type RetrievalTask,
  subsetsBelow,
} from 'oasis-embed/benchmarks';
import { LANGUAGES, type LanguageId } from 'oasis-embed/syntax';
import { downloadDataSet } from './download-data-set.js';
import { chooseHubTasks } from './hub-benchmark-tasks.js';
import {
  type BenchmarkName,
  beirOptions,
  type ChosenTask,
  chosenLanguages,
  type TaskOptions,
} from './task-options.js';

/** @throws RangeError for an option that the benchmark does not have. */
export const refuseOptions = (options: TaskOptions): void => {
  const { benchmark, languages, candidates, taskNames } = options;
  const takes = (...names: readonly BenchmarkName[]) => names.includes(benchmark);
  if (languages.length > 0 && takes('cosqa', 'advtest', 'library-code', 'poj104', 'webquery')) {
    throw new RangeError(`--language does not apply: ${benchmark} is a single task`);
  }
  if (taskNames.length > 0 && !takes('coir', 'mteb', 'beir', 'library-code')) {
    throw new RangeError(
      `--task does not apply: it names tasks of coir, mteb, beir and library-code, received ${benchmark}`,
    );
  }
  if (candidates !== null && !takes('code2code')) {
    throw new RangeError(`--candidates does not apply: ${benchmark} has no candidates of another language`);
  }
};

/** @throws RangeError when a name is none of the sets. */
const chosenSets = (names: readonly string[]): readonly LibraryCodeSet[] => {
  if (names.length === 0) return LIBRARY_CODE_SETS;
  return names.map((name) => {
    const found = LIBRARY_CODE_SETS.find((set) => set === name);
    if (found === undefined)
      throw new RangeError(
        `--task of library-code must be one of ${LIBRARY_CODE_SETS.join(', ')}, received ${name}`,
      );
    return found;
  });
};

/** Issues and functions, one task an issue. */
const issueTask = (folder: string, languages: readonly string[]): Pick<ChosenTask, 'load' | 'parts'> => {
  const known = Object.keys(LANGUAGES) as LanguageId[];
  const asked = chosenLanguages(languages, known, 'issue-to-function');
  const parts = () => loadIssueToFunction(folder, { languages: asked });
  return {
    parts,
    async load(): Promise<RetrievalTask> {
      for await (const first of parts()) return { ...first, name: 'Issue to function' };
      throw new RangeError(`${folder} must have an issue whose fix edits a function, received none`);
    },
  };
};

/** Repositories of the hub that hold a benchmark as its loader reads it. */
const REPOSITORIES: Readonly<Partial<Record<BenchmarkName, string>>> = {
  advtest: 'google/code_x_glue_tc_nl_code_search_adv',
  poj104: 'google/code_x_glue_cc_clone_detection_poj104',
};

/** The folder of a benchmark's files, downloaded where that was asked for. */
export const benchmarkFolder = async (options: TaskOptions): Promise<string> => {
  const { benchmark, data, download, taskNames } = options;
  if (!download) {
    if (data === null) throw new RangeError('--data must be the folder of the files, or --download be given');
    return data;
  }
  if (data !== null) throw new RangeError('--data must be left out where --download is given');
  const repository = benchmark === 'beir' ? taskNames[0] : REPOSITORIES[benchmark];
  if (benchmark === 'beir' && (taskNames.length !== 1 || !repository!.includes('/'))) {
    throw new RangeError(
      `--task must be one data set of the hub, such as BeIR/scifact, received ${taskNames.join(' ') || 'nothing'}`,
    );
  }
  if (repository === undefined) {
    throw new RangeError(
      `--download does not apply: the hub has no copy of ${benchmark} as its protocol needs it; bring the files by --data`,
    );
  }
  const wanted = benchmark === 'beir' ? undefined : (path: string) => /(^|\/)test-/.test(path);
  return downloadDataSet(repository, wanted === undefined ? {} : { include: wanted });
};

/**
 * The tasks of a benchmark, one for each language.
 *
 * @throws RangeError when the benchmark has no such language or task, or no languages at all.
 */
export const chooseTasks = async (options: TaskOptions): Promise<readonly ChosenTask[]> => {
  refuseOptions(options);
  const { benchmark, languages, split, taskNames } = options;
  if (benchmark === 'coir' || benchmark === 'mteb') return chooseHubTasks(benchmark, options);
  const folder = await benchmarkFolder(options);
  const one = { folder, language: null, hub: null, predictionKey: 'url' as const };
  switch (benchmark) {
    case 'cosqa':
      return [{ ...one, slug: 'cosqa', language: 'python', load: () => loadCosqa(folder) }];
    case 'advtest':
      return [{ ...one, slug: 'advtest', language: 'python', load: () => loadAdvTest(folder) }];
    case 'issue-to-function':
      return [{ ...one, slug: benchmark, ...issueTask(folder, languages) }];
    case 'webquery':
      throw new RangeError('webquery has pairs that are judged, and no task that ranks');
    case 'poj104':
      return [{ ...one, slug: 'poj104', load: () => loadPoj104(folder), predictionKey: 'index' }];
    case 'library-code':
      return chosenSets(taskNames).map((set) => ({
        ...one,
        slug: `library-code-${set}`,
        load: () => loadLibraryCode(folder, set),
        predictionKey: 'index',
      }));
    case 'beir': {
      const subsets = await subsetsBelow(folder);
      const loadPart = (subset: string | null) => () =>
        loadBeir(folder, { split, ...beirOptions(options), ...(subset === null ? {} : { subset }) });
      if (subsets.length === 0) return [{ ...one, slug: 'beir', load: loadPart(null) }];
      return chosenLanguages(languages, subsets, benchmark).map((subset) => ({
        ...one,
        slug: `beir-${subset}`,
        language: subset,
        load: loadPart(subset),
      }));
    }
    case 'codesearchnet':
      return chosenLanguages(languages, CODE_SEARCH_NET_LANGUAGES, benchmark).map((language) => ({
        ...one,
        slug: `csn-${language}`,
        language,
        load: () => loadCodeSearchNet(folder, language),
      }));
    case 'code2code': {
      const { candidates, comments } = options;
      const others =
        candidates === null ? null : chosenLanguages([candidates], CODE_TO_CODE_LANGUAGES, benchmark)[0]!;
      return chosenLanguages(languages, CODE_TO_CODE_LANGUAGES, benchmark).map((language) => ({
        ...one,
        slug: others === null ? `code2code-${language}` : `code2code-${language}-${others}`,
        language,
        load: () =>
          loadCodeToCode(folder, language, { comments, ...(others === null ? {} : { candidates: others }) }),
        predictionKey: 'index',
      }));
    }
  }
};
