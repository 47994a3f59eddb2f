import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  codeTerms,
  type RankEvidence,
  SEARCH_MODES,
  SEARCH_UNITS,
  type SearchMode,
  type SearchUnit,
} from 'oasis-embed/retrieval';
import type { EngineChoice } from 'oasis-embed/training';
import type { ModelEngine } from '../options/model-engine.js';
import { createRunFolder } from '../store/run-folder.js';
import { explainEvidence } from './explain-evidence.js';
import { forgeLinks } from './forge-link.js';
import {
  type CountedName,
  type IndexedFunction,
  type IndexManifest,
  modelFingerprint,
} from './index-format.js';
import { openIndex } from './index-reader.js';
import { knownToModel } from './known-to-model.js';
import { quantizeQuery } from './quantize.js';
import { loadQueryEncoder, type QueryEncoder } from './query-encoder.js';
import { requireWhole } from './require-whole.js';
import { topRows } from './top-rows.js';

/** Longer questions are refused: no function is described at such length, and a model would read only its start. */
export const QUESTION_LIMIT = 4000;

/** What the asker can mend: an empty question, a repository that is not there. */
export class SearchInputError extends Error {
  override readonly name = 'SearchInputError';
}

export interface SearchFilters {
  readonly repository?: string;
  readonly language?: string;
}

export interface SearchOptions extends SearchFilters {
  readonly top: number;
  /**
   * Which evidence counts.
   * @defaultValue 'hybrid', without a model 'lexical'
   */
  readonly mode?: SearchMode;
  /** What is asked for: entries, or files, so that further entries of one come late. @defaultValue 'entry' */
  readonly by?: SearchUnit;
}

export interface SearchHit {
  /** Comparable within one answer only; in mode `dense` the cosine of question and entry. */
  readonly score: number;
  /** What the score is made of. */
  readonly evidence: RankEvidence;
  readonly fn: IndexedFunction;
  /** The entry's file on this machine; null where it is not there. */
  readonly file: string | null;
  /** Whether that file has changed since it was indexed; null where that is not known. */
  readonly changed: boolean | null;
  /** Its lines on the repository's forge; null where the repository has no remote on one. */
  readonly link: string | null;
}

export interface SearchIndex {
  /** Entries: functions, types, constants and parts of files. */
  readonly size: number;
  /** How many of them are functions. */
  readonly functionCount: number;
  /** 0 without a model. */
  readonly dimensions: number;
  /** The model's kind; null without one. */
  readonly encoder: string | null;
  /** What was left out when the index was made, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Near-duplicates that are found under others. */
  readonly folded: number;
  /** What runs a transformer and why; null for other models. */
  readonly engine: EngineChoice | null;
  readonly repositories: readonly CountedName[];
  readonly languages: readonly CountedName[];
  /**
   * The best entries for a question, best first. A name that the question spells comes before all else; every entry is
   * scored. None if neither the index nor the model knows a word of the question.
   *
   * @throws SearchInputError for an empty or overlong question, for filters the index does not know, and for mode `dense`
   * without a model.
   */
  search(question: string, options: SearchOptions): Promise<readonly SearchHit[]>;
  /**
   * The entries most like one of the index, by their code, itself left out: by the model where there is one, else by words.
   *
   * @param id Of an entry, as an answer has it.
   * @throws SearchInputError for an id that the index does not have.
   */
  related(id: string, options: Pick<SearchOptions, 'top'>): Promise<readonly SearchHit[]>;
  /** The entries of one file, by line; none for a file that is not in the index. */
  outline(path: string, repository?: string): Promise<readonly IndexedFunction[]>;
  /** Functions by their position in the index. */
  functions(rows: readonly number[]): Promise<readonly IndexedFunction[]>;
  close(): Promise<void>;
}

/** One JSON object a result, the same from the terminal and from the server. */
export const hitRecord = ({ score, evidence, fn, file, changed, link }: SearchHit) => ({
  score,
  why: explainEvidence(evidence),
  evidence,
  file,
  changed,
  link,
  ...shownFunction(fn),
});

/** Without what only the index itself needs. */
const shownFunction = ({ textKey, ...fn }: IndexedFunction): Omit<IndexedFunction, 'textKey'> => fn;

const byCount = (names: readonly CountedName[]): CountedName[] =>
  names
    .map(({ name, functions }) => ({ name, functions }))
    .sort((a, b) => b.functions - a.functions || (a.name < b.name ? -1 : 1));

const namesForMessage = (names: readonly CountedName[]): string => {
  const shown = byCount(names).slice(0, 12);
  const more = names.length - shown.length;
  return `${shown.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const numberOf = (kind: string, name: string, names: readonly CountedName[]): number => {
  const number = names.findIndex((entry) => entry.name === name);
  if (number < 0) {
    throw new SearchInputError(
      `${kind} must be one of ${namesForMessage(names)}, received ${JSON.stringify(name.slice(0, 100))}`,
    );
  }
  return number;
};

const checkQuestion = (question: string): void => {
  if (question.trim() === '') throw new SearchInputError('question must not be empty');
  if (question.length > QUESTION_LIMIT) {
    throw new SearchInputError(
      `question must have at most ${QUESTION_LIMIT} characters, received ${question.length}`,
    );
  }
};

export interface OpenSearchIndexOptions {
  /** What embeds questions where the model is a transformer. @defaultValue 'auto' */
  readonly engine?: ModelEngine | undefined;
}

/** Opens the index of a finished run, or one that `oasis-full index` made, for questions. */
export const openSearchIndex = async (
  root: string,
  { engine }: OpenSearchIndexOptions = {},
): Promise<SearchIndex> => {
  const folder = createRunFolder(root);
  await requireWhole(folder);
  const index = await openIndex(folder);
  const { manifest, words, scorer, errors, exact, repositoryOf, languageOf } = index;
  try {
    const encoder = await openEncoder(root, manifest, folder.path('model'), engine);
    const largestError = errors.reduce((largest, error) => Math.max(largest, error), 0);
    const approximate = new Float32Array(manifest.functions);
    const repositories = new Map(manifest.repositories.map((repository) => [repository.name, repository]));
    const states = new Map(
      manifest.repositories.flatMap(({ name, files }) =>
        files.map((state) => [`${name}\0${state.path}`, state] as const),
      ),
    );
    const linksOf = new Map<string, ReturnType<typeof forgeLinks>>();
    const linkOf = (fn: IndexedFunction, root: string): string | null => {
      let links = linksOf.get(root);
      if (links === undefined) {
        links = forgeLinks(root);
        linksOf.set(root, links);
      }
      return links?.(fn) ?? null;
    };
    const placeOf = (fn: IndexedFunction): Pick<SearchHit, 'file' | 'changed' | 'link'> => {
      const repositoryRoot = repositories.get(fn.repository)?.root;
      const link = repositoryRoot ? linkOf(fn, repositoryRoot) : null;
      const file = repositoryRoot ? join(repositoryRoot, fn.path) : null;
      const stats = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
      const state = states.get(`${fn.repository}\0${fn.path}`);
      if (stats === undefined) return { file: null, changed: state === undefined ? null : true, link };
      const changed =
        state === undefined ? null : stats.size !== state.bytes || stats.mtimeMs !== state.modified;
      return { file, changed, link };
    };
    /** Which rows the filters let through; undefined for all. */
    const filterRows = ({ repository, language }: SearchFilters): ((row: number) => boolean) | undefined => {
      if (repository === undefined && language === undefined) return undefined;
      const r = repository === undefined ? -1 : numberOf('repository', repository, manifest.repositories);
      const l = language === undefined ? -1 : numberOf('language', language, manifest.languages);
      return (row) => (r < 0 || repositoryOf[row] === r) && (l < 0 || languageOf[row] === l);
    };
    type Answer = Pick<SearchHit, 'score' | 'evidence'> & { readonly entry: number };
    const hitsOf = async (answers: readonly Answer[]): Promise<SearchHit[]> => {
      const functions = await index.readFunctions(answers.map(({ entry }) => entry));
      return functions.map((fn, i) => {
        const { score, evidence } = answers[i]!;
        return { score, evidence, fn, ...placeOf(fn) };
      });
    };
    /** The model's order, exactly: every row that rounding could have kept out is scored again. */
    const byModel = (
      query: Float32Array,
      top: number,
      allowed: ((row: number) => boolean) | undefined,
    ): Answer[] => {
      const quantized = quantizeQuery(query);
      scorer.scoreAll(quantized, approximate);
      // q·d − q̂·d̂ = q·(d − d̂) + (q − q̂)·d̂, and the kernel rounds three times to float32.
      const { norm } = quantized;
      const rowNorm = manifest.largestNorm + largestError;
      const fixed = quantized.error * rowNorm + 2 ** -20 * norm * rowNorm;
      const best = topRows(approximate, {
        count: top,
        ...(allowed === undefined ? {} : { allowed }),
        error: (row) => fixed + norm * errors[row]!,
        exact: (row) => exact.score(query, row),
      });
      return best.map(({ row, score }, i) => ({
        entry: row,
        score,
        evidence: {
          wordsRank: null,
          fileRank: null,
          modelRank: i + 1,
          cosine: score,
          inFileName: 0,
          named: null,
          path: words.fileFacts[words.data.fileOf[row]!]!.role,
        },
      }));
    };

    const search: SearchIndex['search'] = async (question, { top, mode, by = 'entry', ...filters }) => {
      checkQuestion(question);
      const chosen = checkMode(mode, encoder !== null);
      if (!SEARCH_UNITS.includes(by))
        throw new SearchInputError(
          `by must be one of ${SEARCH_UNITS.join(', ')}, received ${JSON.stringify(by)}`,
        );
      const allowed = filterRows(filters);
      const read = words.read(question);
      if (!words.knows(read) && (encoder === null || !knownToModel(encoder.folder, question))) return [];
      if (encoder === null || chosen === 'lexical')
        return hitsOf(words.rank(question, { top, mode: 'lexical', by, allowed }));
      const query = await encoder.encode(question);
      if (chosen === 'dense')
        return query.some((value) => value !== 0) ? hitsOf(byModel(query, top, allowed)) : [];
      scorer.scoreAll(quantizeQuery(query), approximate);
      const ranked = words.rank(question, { top, dense: approximate, by, allowed });
      return hitsOf(
        ranked.map(({ evidence, ...answer }) => ({
          ...answer,
          evidence: { ...evidence, cosine: exact.score(query, answer.entry) },
        })),
      );
    };

    let rowsById: Promise<ReadonlyMap<string, number>> | undefined;
    const readIds = async () => {
      const ids = new Map<string, number>();
      for (let from = 0; from < manifest.functions; from += ID_BATCH) {
        const rows = Array.from(
          { length: Math.min(ID_BATCH, manifest.functions - from) },
          (_, i) => from + i,
        );
        for (const [i, { id }] of (await index.readFunctions(rows)).entries()) ids.set(id, from + i);
      }
      return ids;
    };
    const related: SearchIndex['related'] = async (id, { top }) => {
      rowsById ??= readIds();
      const row = (await rowsById).get(id);
      if (row === undefined)
        throw new SearchInputError(
          `id must be that of an entry, received ${JSON.stringify(id.slice(0, 100))}`,
        );
      const others = (other: number) => other !== row;
      if (encoder !== null) return hitsOf(byModel(exact.row(row), top, others));
      const [fn] = await index.readFunctions([row]);
      const question = tellingTerms(words.entries, `${fn!.qualifiedName} ${fn!.summary ?? ''} ${fn!.source}`);
      return hitsOf(words.rank(question, { top, mode: 'lexical', allowed: others }));
    };

    return {
      size: manifest.functions,
      functionCount: manifest.roles.function ?? 0,
      dimensions: manifest.dimensions,
      encoder: encoder?.kind ?? null,
      engine: encoder?.engine ?? null,
      leftOut: manifest.leftOut,
      folded: manifest.folded,
      repositories: byCount(manifest.repositories),
      languages: byCount(manifest.languages),
      search,
      related,
      outline: async (path, repository) => {
        const r = repository === undefined ? -1 : numberOf('repository', repository, manifest.repositories);
        const rows: number[] = [];
        words.data.fileOf.forEach((file, row) => {
          if (words.data.paths[file] === path && (r < 0 || repositoryOf[row] === r)) rows.push(row);
        });
        const entries = await index.readFunctions(rows);
        return entries.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
      },
      functions: index.readFunctions,
      close: async () => {
        await encoder?.close();
        await index.close();
      },
    };
  } catch (error) {
    await index.close();
    throw error;
  }
};

const ID_BATCH = 4096;
const TELLING_TERMS = 24;

/** The terms of a text that tell most about it, as a question. */
const tellingTerms = (index: { idf(term: string): number }, text: string): string => {
  const counts = new Map<string, number>();
  for (const term of codeTerms(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return [...counts]
    .map(([term, count]) => ({ term, weight: Math.log1p(count) * index.idf(term) }))
    .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
    .slice(0, TELLING_TERMS)
    .map(({ term }) => term)
    .join(' ');
};

const checkMode = (mode: SearchMode | undefined, hasModel: boolean): SearchMode => {
  if (mode !== undefined && !SEARCH_MODES.includes(mode))
    throw new SearchInputError(
      `mode must be one of ${SEARCH_MODES.join(', ')}, received ${JSON.stringify(mode)}`,
    );
  if (mode === 'dense' && !hasModel)
    throw new SearchInputError('mode must be lexical: the index has no model (index --model gives it one)');
  return mode ?? 'hybrid';
};

/** The model of an index, if it has one; it must be the one that made the vectors. */
const openEncoder = async (
  root: string,
  manifest: IndexManifest,
  own: string,
  engine: ModelEngine | undefined,
): Promise<(QueryEncoder & { readonly folder: string }) | null> => {
  if (manifest.model === null) return null;
  const folder = manifest.modelFolder === null ? own : resolve(root, manifest.modelFolder);
  if (!existsSync(folder))
    throw new Error(`--run: expected the folder of a finished run, received ${root}, which lacks ${folder}`);
  if (modelFingerprint(folder) !== manifest.model) {
    throw new Error(
      `${root}: the index was made with a different model from the one in ${folder}; make the index again`,
    );
  }
  const encoder = await loadQueryEncoder(folder, engine);
  if (encoder.dimensions !== manifest.dimensions) {
    await encoder.close();
    throw new Error(
      `${root}: the index has ${manifest.dimensions} dimensions, the model ${encoder.dimensions}; make the index again`,
    );
  }
  return { ...encoder, folder };
};
