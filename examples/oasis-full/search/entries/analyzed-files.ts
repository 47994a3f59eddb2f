import { type CodeFunction, type StreamRepositoryOptions, streamRepository } from 'oasis-embed/corpus';

const BESIDE_FUNCTIONS: readonly string[] = ['class', 'constant', 'module'];
const isFunction = ({ kind }: CodeFunction): boolean => !BESIDE_FUNCTIONS.includes(kind);
const isOfFunction = ({ kind }: { readonly kind?: 'module' }): boolean => kind === undefined;

/** One source file, read once for training and for search. */
export interface AnalyzedFile {
  readonly path: string;
  /** As an analysis of functions alone has them. */
  readonly functions: readonly CodeFunction[];
  /** Types and documented constants. A file's own code is left to the lines of the file. */
  readonly definitions: readonly CodeFunction[];
  /** Calls between functions whose callers are here. */
  readonly callEdges: number;
}

/** The files of a repository of any size, one after another. */
export async function* analyzedFiles(
  root: string,
  options: Omit<StreamRepositoryOptions, 'granularity' | 'filters'>,
): AsyncGenerator<AnalyzedFile> {
  for await (const file of streamRepository(root, { ...options, granularity: 'module' })) {
    const functions = file.functions.filter(isFunction).map(
      (fn): CodeFunction => ({
        ...fn,
        callers: fn.callers.filter(isOfFunction),
        callees: fn.callees.filter(isOfFunction),
      }),
    );
    const ids = new Set(functions.map(({ id }) => id));
    yield {
      path: file.path,
      functions,
      definitions: file.functions.filter(({ kind }) => kind === 'class' || kind === 'constant'),
      callEdges: file.calls.filter(({ caller }) => ids.has(caller)).length,
    };
  }
}
