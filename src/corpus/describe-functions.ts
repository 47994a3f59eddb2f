import { hash } from 'node:crypto';
import type { LanguageId } from '../syntax/index.js';
import { CALL_CONFIDENCE, CALL_TIERS } from './calls/call-tiers.js';
import type { ResolvedCall } from './calls/resolve-calls.js';
import type { FileReading } from './extraction/analyze-file.js';
import type { CallReference, CallTier, CodeFunction } from './extraction/code-function.js';
import type { FoundUnit } from './extraction/file-facts.js';
import type { UnitKind } from './extraction/granularity.js';

/** A function whose calls are filled in once all files are read. */
export interface FunctionDraft extends CodeFunction {
  readonly callers: CallReference[];
  readonly callees: CallReference[];
}

/** Units that may bear the name of a function. */
const UNITS_BESIDE = new Set<UnitKind>(['class', 'constant', 'module']);

const identify = (repository: string, path: string, units: readonly FoundUnit[]): string[] => {
  const ordinals = new Map<string, number>();
  return units.map(({ kind, qualifiedName }) => {
    // A function keeps its id whatever else is found beside it.
    const rank = UNITS_BESIDE.has(kind) ? `\0${kind}` : '';
    const ordinal = ordinals.get(qualifiedName + rank) ?? 0;
    ordinals.set(qualifiedName + rank, ordinal + 1);
    const key = `${repository}\0${path}\0${qualifiedName}\0${ordinal}${rank}`;
    return hash('sha256', key).slice(0, 16);
  });
};

/** The functions of one file as the corpus shows them, still without their calls. */
export const describeFunctions = (
  repository: string,
  {
    path,
    language,
    license,
  }: { readonly path: string; readonly language: LanguageId; readonly license: string | null },
  { facts, places, summaries }: FileReading,
  text: string,
): FunctionDraft[] => {
  const { units } = facts;
  const ids = identify(repository, path, units);
  return units.map(
    (
      {
        kind,
        name,
        qualifiedName,
        signature,
        parameters,
        members,
        start,
        end,
        code,
        doc,
        docKind,
        hasSyntaxError,
      },
      local,
    ) => ({
      id: ids[local]!,
      repository,
      path,
      language,
      license,
      kind,
      name,
      qualifiedName,
      signature,
      parameters,
      ...(members === undefined ? {} : { members }),
      startByte: places[4 * local]!,
      endByte: places[4 * local + 1]!,
      startLine: places[4 * local + 2]!,
      endLine: places[4 * local + 3]!,
      source: text.slice(start, end),
      code,
      doc,
      docKind,
      summary: summaries[local]!,
      ...(hasSyntaxError === true ? { hasSyntaxError } : {}),
      callers: [],
      callees: [],
    }),
  );
};

/** One end of a call as the other names it. */
export const callReference = (
  { id, name, kind }: Pick<CodeFunction, 'id' | 'name' | 'kind'>,
  tier: CallTier,
): CallReference => ({
  id,
  name,
  ...(kind === 'module' ? { kind } : {}),
  tier,
  confidence: CALL_CONFIDENCE[tier],
});

/** Fills in callers and callees, the most trusted first; calls to itself are left out. */
export const linkFunctions = (edges: readonly ResolvedCall[], functions: readonly FunctionDraft[]): void => {
  // Tier by tier keeps the order of the calls within a tier.
  for (const wanted of CALL_TIERS) {
    for (const { caller, callee, tier } of edges) {
      if (caller === callee || tier !== wanted) continue;
      const from = functions[caller]!;
      const to = functions[callee]!;
      to.callers.push(callReference(from, tier));
      from.callees.push(callReference(to, tier));
    }
  }
};
