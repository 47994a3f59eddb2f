import {
  authorDocstrings,
  type CallEstimate,
  type DocstringRow,
  docstringRequests,
  estimateDocstrings,
  writeDocstrings,
} from 'oasis-embed/annotation';
import type { StoredFunction } from '../corpus/stored-function.js';
import type { ModelOptions } from '../options/model-options.js';
import type { ModelAccess } from './model-access.js';
import { countShortened } from './shortened-prompts.js';

/** The longest answer of a model that documents. */
const ANSWER_TOKENS = 600;

export interface WriteProgress {
  readonly onProgress?: (done: number, total: number, note: string) => void;
  /** Is told what a reader of the log should know. */
  readonly onLine?: (text: string) => void;
}

/** Gives functions their docstrings. */
export interface DocstringWriter {
  readonly name: string;
  /** Rows in the order of the functions; `context` is where callers and callees are looked up. */
  write(
    functions: readonly StoredFunction[],
    context: readonly StoredFunction[],
    progress?: WriteProgress,
  ): Promise<DocstringRow[]>;
  /** What that would send; null where nothing is ever sent. */
  estimate(
    functions: readonly StoredFunction[],
    context: readonly StoredFunction[],
  ): Promise<CallEstimate | null>;
}

/** Whether a function gets a docstring: those of the training split do, without a model only the documented ones. */
export const getsDocstring = (
  fn: StoredFunction,
  { docstrings }: Pick<ModelOptions, 'docstrings'>,
): boolean => fn.split === 'train' && (docstrings !== 'author' || fn.documented);

export const functionsToDocument = (
  stored: readonly StoredFunction[],
  options: Pick<ModelOptions, 'docstrings'>,
): StoredFunction[] => stored.filter((fn) => getsDocstring(fn, options));

/** The writer that the options ask for. */
export const createDocstringWriter = (options: ModelOptions, access: ModelAccess | null): DocstringWriter => {
  if (options.docstrings === 'author' || access === null) {
    return {
      name: 'the authors',
      write: async (functions) => authorDocstrings(functions),
      estimate: async () => null,
    };
  }
  const service = access.chat('docstrings');
  const { model, prices } = service;
  const { maxFunctionTokens, maxNeighborTokens, concurrency } = options;
  const settingsNow = async () => ({
    ...{ maxFunctionTokens, maxNeighborTokens, concurrency, maxTokens: ANSWER_TOKENS },
    ...(await service.limits(ANSWER_TOKENS)),
  });
  const isAsked = (fn: StoredFunction) => options.docstrings === 'llm' || !fn.documented;
  return {
    name: options.docstrings === 'llm' ? model.name : `the authors, else ${model.name}`,
    write: async (functions, context, { onProgress = () => {}, onLine = () => {} } = {}) => {
      const asked = functions.filter(isAsked);
      if (asked.length === 0) return [...authorDocstrings(functions)];
      const settings = await settingsNow();
      const shortened = countShortened();
      await service.fill(docstringRequests(asked, { ...settings, context }), onProgress);
      const written = await writeDocstrings(asked, model, {
        ...settings,
        context,
        onShortened: shortened.add,
        onProgress: (done, total) => onProgress(done, total, 'docstrings written'),
      });
      shortened.say(onLine, asked.length, settings.maxPromptTokens);
      const rowOf = new Map(written.map((row) => [row.id, row]));
      return functions.map((fn) => rowOf.get(fn.id) ?? authorDocstrings([fn])[0]!);
    },
    estimate: async (functions, context) =>
      estimateDocstrings(functions.filter(isAsked), {
        ...(await settingsNow()),
        context,
        prices,
        isCached: (request) => model.has(request),
      }),
  };
};

/** How many functions are without a docstring, by the reason. */
export const docstringFailures = (rows: readonly DocstringRow[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { failure } of rows) if (failure !== null) counts[failure] = (counts[failure] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));
};
