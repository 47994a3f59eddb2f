import { CALL_CONFIDENCE, CALL_TIERS } from './call-tiers.js';
import type { CallTier } from './code-function.js';
import type { FoundCall } from './extract-file.js';
import type { IndexedFile, RepositoryIndex } from './repository-index.js';
import { resolveBareCall } from './resolve-bare-call.js';
import { resolveMemberCall } from './resolve-member-call.js';

/** A resolved call, by the numbers of its caller, as told by `callerOf`, and of the function called. */
export interface ResolvedCall {
  readonly caller: number;
  readonly callee: number;
  readonly tier: CallTier;
  readonly confidence: number;
}

/**
 * Resolves the calls of a repository in tiers: the receiver's class, lexical scope, imports, the package or
 * folder, and at last a name that only one function bears. What no tier resolves is left out.
 *
 * @returns One edge per caller and callee, by the most trusted of their calls, in the order of the calls.
 */
export const resolveCalls = (
  index: RepositoryIndex,
  files: readonly IndexedFile[],
  callerOf: (file: IndexedFile, call: FoundCall) => number,
): ResolvedCall[] => {
  const edges = new Map<string, ResolvedCall>();
  for (const file of files) {
    for (const call of file.facts.calls) {
      const caller = callerOf(file, call);
      if (caller < 0) continue;
      const found =
        call.site.receiver === null
          ? resolveBareCall(index, file, call)
          : resolveMemberCall(index, file, call);
      if (found === null) continue;
      // A wrapper calls its namesake on what it wraps, not itself.
      const isOwn = call.caller >= 0 && found.number === file.offset + call.caller;
      if (found.tier === 'unique-name' && isOwn) continue;
      const key = `${caller},${found.number}`;
      const known = edges.get(key);
      if (known !== undefined && CALL_TIERS.indexOf(known.tier) <= CALL_TIERS.indexOf(found.tier)) continue;
      edges.set(key, {
        caller,
        callee: found.number,
        tier: found.tier,
        confidence: CALL_CONFIDENCE[found.tier],
      });
    }
  }
  return [...edges.values()];
};
