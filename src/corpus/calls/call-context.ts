import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { subtokens } from '../../syntax/index.js';
import type { CallReference, CallTier, CodeFunction } from '../extraction/code-function.js';
import { CALL_TIERS } from './call-tiers.js';

/** Options of {@link callContext}. */
export interface CallContextOptions {
  /**
   * Tokens that all signatures and summaries together may take.
   *
   * @defaultValue 512
   */
  readonly maxTokens?: number;
  /**
   * The least trusted tier that enters.
   *
   * @defaultValue 'package'
   */
  readonly leastTier?: CallTier;
  /**
   * How many tokens a model sees in a text.
   *
   * @defaultValue the number of subtokens
   */
  readonly countTokens?: (text: string) => number;
}

/** Callers and callees chosen for a prompt. */
export interface CallContext {
  readonly callers: readonly CodeFunction[];
  readonly callees: readonly CodeFunction[];
  readonly tokens: number;
}

const CALL_CONTEXT_OPTIONS: OptionNames<CallContextOptions> = {
  maxTokens: true,
  leastTier: true,
  countTokens: true,
};

/**
 * The callers and callees of a function that a prompt has room for, the most trusted first, callees and callers
 * in turn: what a function calls says more of what it does than who calls it.
 *
 * A function counts with its signature and summary. One that no longer fits is passed over for a smaller one.
 *
 * @param found The function.
 * @param byId Functions by id; references to functions that are not in it are passed over.
 * @throws If `maxTokens` is negative.
 *
 * @example
 * ```ts
 * import { type CodeFunction, callContext } from 'oasis-embed/corpus';
 * const reference = { id: 'b', name: 'b', tier: 'scope', confidence: 0.98 } as const;
 * const a = { id: 'a', callers: [], callees: [reference] } as unknown as CodeFunction;
 * const b = { id: 'b', signature: 'function b()', summary: 'Does it.' } as CodeFunction;
 * callContext(a, new Map([['b', b]])).callees.length; // 1
 * callContext(a, new Map([['b', b]]), { maxTokens: 2 }).callees.length; // 0
 * ```
 */
export const callContext = (
  found: CodeFunction,
  byId: ReadonlyMap<string, CodeFunction>,
  options: CallContextOptions = {},
): CallContext => {
  checkOptions('callContext', options, CALL_CONTEXT_OPTIONS);
  const { maxTokens = 512, leastTier = 'package' } = options;
  const { countTokens = (text: string) => subtokens(text).length } = options;
  if (!(maxTokens >= 0)) throw new RangeError(`maxTokens must be at least 0, received ${maxTokens}`);
  const limit = CALL_TIERS.indexOf(leastTier);
  const trusted = (list: readonly CallReference[]) =>
    list.filter(({ tier }) => CALL_TIERS.indexOf(tier) <= limit);
  const queues = [trusted(found.callees), trusted(found.callers)] as const;
  const chosen: [CodeFunction[], CodeFunction[]] = [[], []];
  let tokens = 0;
  for (let at = 0; at < Math.max(queues[0].length, queues[1].length); at++) {
    for (const side of [0, 1] as const) {
      const reference = queues[side][at];
      const other = reference === undefined ? undefined : byId.get(reference.id);
      if (other === undefined) continue;
      const cost = countTokens(`${other.signature}\n${other.summary ?? ''}`);
      if (tokens + cost > maxTokens) continue;
      tokens += cost;
      chosen[side].push(other);
    }
  }
  return { callees: chosen[0], callers: chosen[1], tokens };
};
