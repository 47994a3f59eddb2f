import type { CallReference, CallTier, CodeFunction } from '../corpus/index.js';
import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import type { DocstringRow } from './author-docstrings.js';
import {
  DOCSTRING_PROMPT_OPTIONS,
  type DocstringPromptOptions,
  docstringPrompt,
  type PromptFunction,
  parseDocstringAnswer,
} from './docstring-prompt.js';
import {
  MAP_CONCURRENTLY_OPTIONS,
  type MapConcurrentlyOptions,
  mapConcurrently,
} from './map-concurrently.js';
import { endsStage } from './model-error.js';
import type { ChatModel, ChatRequest, ChatResponse } from './models.js';
import { DOCSTRING_LIMITS_OPTIONS, type DocstringLimits, findDocstringFlaw } from './validate-docstring.js';

/** What {@link writeDocstrings} needs to know of a function. */
export type DocumentableFunction = PromptFunction & Pick<CodeFunction, 'callers' | 'callees'>;

/** Options of {@link writeDocstrings}. */
export interface WriteDocstringsOptions
  extends Omit<DocstringPromptOptions, 'callers' | 'callees'>,
    DocstringLimits,
    MapConcurrentlyOptions {
  /** All functions among which callers and callees are looked up. @defaultValue the functions themselves */
  readonly context?: readonly PromptFunction[];
  /** @defaultValue 3 */
  readonly maxCallers?: number;
  /** @defaultValue 3 */
  readonly maxCallees?: number;
  /** Tiers of call edges that are trusted enough to be shown. @defaultValue ['receiver', 'scope', 'import', 'package'] */
  readonly tiers?: readonly CallTier[];
  /** How often an answer that fails validation is requested again. @defaultValue 1 */
  readonly retries?: number;
}

const TRUSTED: readonly CallTier[] = ['receiver', 'scope', 'import', 'package'];

/**
 * Lets a model write a docstring for every function from its source, callers and callees.
 *
 * An answer must satisfy the schema and {@link findDocstringFlaw}. One that does not is requested again, with another
 * seed, up to `retries` times. If it still fails, its row states the reason, as it does if the service refuses the call.
 * Only an exhausted budget or an abort ends the whole call. With a model behind
 * `cachedChatModel`, a repeated call pays only for what is missing.
 *
 * @param functions What to document.
 * @param model Any chat model.
 * @returns One row per function, in the order of the functions.
 * @throws ModelError of kind `budget`; the signal's reason.
 *
 * @example
 * ```ts
 * import { type ChatModel, writeDocstrings } from 'oasis-embed/annotation';
 * const answer = { logic: 'Adds.', usage: 'add(1, 2)', relations: 'None.', docstring: 'Returns the sum of two numbers.' };
 * const model: ChatModel = {
 *   name: 'fixed',
 *   complete: async () => ({ text: JSON.stringify(answer), finishReason: 'stop', usage: null }),
 * };
 * const code = 'function add(a, b) { return a + b; }';
 * const add = { id: '1', language: 'javascript' as const, qualifiedName: 'add', signature: 'add(a, b)' };
 * const rows = await writeDocstrings([{ ...add, source: code, code, callers: [], callees: [] }], model);
 * console.log(rows[0]?.docstring); // Returns the sum of two numbers.
 * ```
 */
export const writeDocstrings = async (
  functions: readonly DocumentableFunction[],
  model: ChatModel,
  options: WriteDocstringsOptions = {},
): Promise<DocstringRow[]> => {
  checkOptions('writeDocstrings', options, WRITE_DOCSTRINGS_OPTIONS);
  const { retries = 1, signal } = options;
  const requestAt = docstringRequestAt(functions, options);
  return mapConcurrently(
    functions,
    async (fn, index) => {
      const request = requestAt(index);
      const origin = { id: fn.id, origin: model.name, promptVersion: request.promptVersion ?? null };
      let failure = '';
      for (let attempt = 0; attempt <= retries; attempt++) {
        try {
          const response = await model.complete({
            ...request,
            ...(attempt === 0 ? {} : { seed: attempt }),
            ...(signal === undefined ? {} : { signal }),
          });
          const rejection = request.accept?.(response) ?? null;
          if (rejection === null) {
            const { docstring } = parseDocstringAnswer(response.text)!;
            return { ...origin, docstring: docstring.replace(/\s+/g, ' ').trim(), failure: null };
          }
          failure = rejection;
        } catch (error) {
          if (endsStage(error, signal)) throw error;
          failure = error instanceof Error ? error.message : String(error);
          break;
        }
      }
      return { ...origin, docstring: null, failure };
    },
    pickOptions(options, MAP_CONCURRENTLY_OPTIONS),
  );
};

const { callers: _callers, callees: _callees, ...PROMPT_OPTIONS } = DOCSTRING_PROMPT_OPTIONS;

export const WRITE_DOCSTRINGS_OPTIONS: OptionNames<WriteDocstringsOptions> = {
  ...PROMPT_OPTIONS,
  ...DOCSTRING_LIMITS_OPTIONS,
  ...MAP_CONCURRENTLY_OPTIONS,
  context: true,
  maxCallers: true,
  maxCallees: true,
  tiers: true,
  retries: true,
};

/**
 * The requests that {@link writeDocstrings} sends with the same options, made one at a time: for
 * `fillCacheByBatch` and for estimates.
 *
 * @example
 * ```ts
 * import { docstringRequests } from 'oasis-embed/annotation';
 * const code = 'function add(a, b) { return a + b; }';
 * const add = { id: '1', language: 'javascript' as const, qualifiedName: 'add', signature: 'add(a, b)' };
 * const functions = [{ ...add, source: code, code, callers: [], callees: [] }];
 * for (const request of docstringRequests(functions)) console.log(request.promptVersion); // docstring-1
 * ```
 */
export function* docstringRequests(
  functions: readonly DocumentableFunction[],
  options: WriteDocstringsOptions = {},
): Generator<ChatRequest> {
  checkOptions('docstringRequests', options, WRITE_DOCSTRINGS_OPTIONS);
  const requestAt = docstringRequestAt(functions, options);
  for (let index = 0; index < functions.length; index++) yield requestAt(index);
}

/** Why an answer is no docstring of the function, or null. */
const rejectDocstring = (
  { text, finishReason }: ChatResponse,
  code: string,
  limits: DocstringLimits,
): string | null => {
  if (finishReason !== 'stop') return `the answer ended early: ${finishReason}`;
  const answer = parseDocstringAnswer(text);
  const flaw = answer === null ? 'schema' : findDocstringFlaw(answer.docstring, code, limits);
  return flaw === null ? null : `the answer was not valid: ${flaw}`;
};

const docstringRequestAt = (
  functions: readonly DocumentableFunction[],
  options: WriteDocstringsOptions = {},
): ((index: number) => ChatRequest) => {
  const { context = functions, maxCallers = 3, maxCallees = 3, tiers = TRUSTED } = options;
  const byId = new Map(context.map((fn) => [fn.id, fn]));
  const resolve = (self: string, references: readonly CallReference[], limit: number) => {
    const found = new Map<string, PromptFunction>();
    for (const { id, tier } of references) {
      const fn = byId.get(id);
      if (fn !== undefined && id !== self && tiers.includes(tier) && found.size < limit) found.set(id, fn);
    }
    return [...found.values()];
  };
  const limits = pickOptions(options, DOCSTRING_LIMITS_OPTIONS);
  const shared = pickOptions<DocstringPromptOptions>(options, DOCSTRING_PROMPT_OPTIONS);
  return (index) => {
    const fn = functions[index]!;
    const prompt = docstringPrompt(fn, {
      ...shared,
      callers: resolve(fn.id, fn.callers, maxCallers),
      callees: resolve(fn.id, fn.callees, maxCallees),
    });
    return { ...prompt, accept: (response) => rejectDocstring(response, fn.code, limits) };
  };
};
