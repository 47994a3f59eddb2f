import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineChoice, EngineRequest } from 'oasis-embed/training';
import { createRunFolder } from '../store/run-folder.js';
import { type CountedName, type IndexedFunction, modelFingerprint } from './index-format.js';
import { openIndex } from './index-reader.js';
import { quantizeQuery } from './quantize.js';
import { loadQueryEncoder } from './query-encoder.js';
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
}

export interface SearchHit {
  /** Cosine of question and code. */
  readonly score: number;
  readonly fn: IndexedFunction;
  /** The function's file on this machine; null where it is not there. */
  readonly file: string | null;
}

export interface SearchIndex {
  readonly size: number;
  readonly dimensions: number;
  /** The model's kind. */
  readonly encoder: string;
  /** What runs a transformer and why; null for other models. */
  readonly engine: EngineChoice | null;
  readonly repositories: readonly CountedName[];
  readonly languages: readonly CountedName[];
  /**
   * The best functions for a question, highest cosine first; ties by position in the index. Exact: every function is
   * scored. None if the model finds nothing to read in the question.
   *
   * @throws SearchInputError for an empty or overlong question and for filters the index does not know.
   */
  search(question: string, options: SearchOptions): Promise<readonly SearchHit[]>;
  /** Functions by their position in the index. */
  functions(rows: readonly number[]): Promise<readonly IndexedFunction[]>;
  close(): Promise<void>;
}

/** One JSON object a result, the same from the terminal and from the server. */
export const hitRecord = ({ score, fn, file }: SearchHit) => ({ score, file, ...fn });

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
  readonly engine?: EngineRequest | undefined;
}

/** Opens a finished run for questions. */
export const openSearchIndex = async (
  root: string,
  { engine }: OpenSearchIndexOptions = {},
): Promise<SearchIndex> => {
  const folder = createRunFolder(root);
  const modelFolder = folder.path('model');
  if (!existsSync(modelFolder)) {
    throw new Error(
      `--run: expected the folder of a finished run, received ${root}, which lacks ${modelFolder}`,
    );
  }
  await requireWhole(folder);
  const index = await openIndex(folder);
  const { manifest, scorer, errors, exact, repositoryOf, languageOf } = index;
  try {
    if (modelFingerprint(modelFolder) !== manifest.model) {
      throw new Error(
        `${root}: the index was made with a different model from the one in ${modelFolder}; run the pipeline again`,
      );
    }
    const encoder = await loadQueryEncoder(modelFolder, engine);
    if (encoder.dimensions !== manifest.dimensions) {
      throw new Error(
        `${root}: the index has ${manifest.dimensions} dimensions, the model ${encoder.dimensions}; run the pipeline again`,
      );
    }
    const largestError = errors.reduce((largest, error) => Math.max(largest, error), 0);
    const approximate = new Float32Array(manifest.functions);
    const roots = new Map(manifest.repositories.map((repository) => [repository.name, repository.root]));
    const fileOf = (fn: IndexedFunction): string | null => {
      const repositoryRoot = roots.get(fn.repository);
      const file = repositoryRoot ? join(repositoryRoot, fn.path) : null;
      return file !== null && existsSync(file) ? file : null;
    };
    /** Which rows the filters let through; undefined for all. */
    const filterRows = ({ repository, language }: SearchFilters): ((row: number) => boolean) | undefined => {
      if (repository === undefined && language === undefined) return undefined;
      const r = repository === undefined ? -1 : numberOf('repository', repository, manifest.repositories);
      const l = language === undefined ? -1 : numberOf('language', language, manifest.languages);
      return (row) => (r < 0 || repositoryOf[row] === r) && (l < 0 || languageOf[row] === l);
    };

    return {
      size: manifest.functions,
      dimensions: manifest.dimensions,
      encoder: encoder.kind,
      engine: encoder.engine,
      repositories: byCount(manifest.repositories),
      languages: byCount(manifest.languages),
      search: async (question, { top, ...filters }) => {
        checkQuestion(question);
        const allowed = filterRows(filters);
        const query = await encoder.encode(question);
        const quantized = quantizeQuery(query);
        if (!(quantized.norm > 0)) return [];
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
        const functions = await index.readFunctions(best.map(({ row }) => row));
        return functions.map((fn, i) => ({ score: best[i]!.score, fn, file: fileOf(fn) }));
      },
      functions: index.readFunctions,
      close: async () => {
        await encoder.close();
        await index.close();
      },
    };
  } catch (error) {
    await index.close();
    throw error;
  }
};
