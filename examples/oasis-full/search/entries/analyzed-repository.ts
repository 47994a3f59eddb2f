import { type AnalyzeRepositoryOptions, analyzeRepository, type CodeFunction } from 'oasis-embed/corpus';

const BESIDE_FUNCTIONS: readonly string[] = ['class', 'constant', 'module'];
const isFunction = ({ kind }: CodeFunction): boolean => !BESIDE_FUNCTIONS.includes(kind);

/**
 * A repository read once for training and for search: its functions, as an analysis of functions alone has them, and beside
 * them its types and documented constants. A file's own code is left to the lines of the file.
 */
export const analyzedRepository = async (
  root: string,
  options: Omit<AnalyzeRepositoryOptions, 'granularity'>,
) => {
  const analysis = await analyzeRepository(root, { ...options, granularity: 'module' });
  const functions = analysis.functions.filter(isFunction);
  const ids = new Set(functions.map(({ id }) => id));
  const isKnown = ({ id }: { readonly id: string }) => ids.has(id);
  return {
    ...analysis,
    functions: functions.map(
      (fn): CodeFunction => ({
        ...fn,
        callers: fn.callers.filter(isKnown),
        callees: fn.callees.filter(isKnown),
      }),
    ),
    definitions: analysis.functions.filter(({ kind }) => kind === 'class' || kind === 'constant'),
    calls: analysis.calls.filter(({ caller, callee }) => ids.has(caller) && ids.has(callee)),
  };
};

export type AnalyzedRepository = Awaited<ReturnType<typeof analyzedRepository>>;
