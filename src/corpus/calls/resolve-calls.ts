import type { CallTier } from '../extraction/code-function.js';
import { CALL_CONFIDENCE, CALL_TIERS } from './call-tiers.js';
import type { RepositoryIndex } from './repository-index.js';
import { resolveBareCall } from './resolve-bare-call.js';
import { resolveMemberCall } from './resolve-member-call.js';
import type { IndexedFile } from './target.js';

/** A resolved call, by the numbers of the units at both ends in the repository. */
export interface ResolvedCall {
  readonly caller: number;
  readonly callee: number;
  readonly tier: CallTier;
  readonly confidence: number;
}

/** A resolved call. */
export interface ResolvedSite {
  readonly file: IndexedFile;
  /** The function around the call and the unit that it belongs to, by their numbers in the file, or -1. */
  readonly caller: number;
  readonly unit: number;
  /** By its number in the repository. */
  readonly callee: number;
  readonly tier: CallTier;
}

/**
 * The calls of a file that some tier resolves, calls at its top too: by the receiver's class, lexical scope, imports, the
 * package or folder, and at last a name that only one function bears. What no tier resolves is left out.
 */
export const resolveFile = (index: RepositoryIndex, file: IndexedFile): ResolvedSite[] => {
  const sites: ResolvedSite[] = [];
  for (const call of file.facts.calls) {
    const named =
      call.site.receiver === null ? resolveBareCall(index, file, call) : resolveMemberCall(index, file, call);
    if (named === null) continue;
    const { caller, unit } = call;
    // A wrapper calls its namesake on what it wraps, not itself.
    if (named.tier === 'unique-name' && caller >= 0 && named.number === file.offset + caller) continue;
    sites.push({ file, caller, unit, callee: named.number, tier: named.tier });
  }
  return sites;
};

/**
 * The calls between units that the resolved calls of one file come to.
 *
 * @param callerOf The unit around a call, by its number in the repository; negative for none.
 * @param unitOf The unit that each function of the repository belongs to.
 * @returns One edge per caller and callee, by the most trusted of their calls, in the order of the calls.
 */
export const callsBetweenUnits = (
  sites: readonly ResolvedSite[],
  callerOf: (site: ResolvedSite) => number,
  unitOf: (callee: number) => number,
): ResolvedCall[] => {
  const edges = new Map<number, ResolvedCall>();
  for (const site of sites) {
    const { tier } = site;
    const caller = callerOf(site);
    if (caller < 0) continue;
    const callee = unitOf(site.callee);
    const key = caller * 2 ** 26 + callee;
    const known = edges.get(key);
    if (known !== undefined && CALL_TIERS.indexOf(known.tier) <= CALL_TIERS.indexOf(tier)) continue;
    edges.set(key, { caller, callee, tier, confidence: CALL_CONFIDENCE[tier] });
  }
  return [...edges.values()];
};
