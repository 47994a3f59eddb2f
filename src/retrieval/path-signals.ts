import { isTestPath } from '../numerics/index.js';
import { codeTerms } from './code-terms.js';

const EXAMPLE = /(^|\/)(_?examples?|samples?|demos?|benchmarks?|docs?_src|docs?)\//;
const GENERATED =
  /\.(g|g\.i|designer|generated)\.cs$|[._]generated\.\w+$|\.pb\.\w+$|_pb2(_grpc)?\.pyi?$|[.-]min\.\w+$|\.d\.[mc]?ts$/i;
const COMPATIBILITY = /(^|\/)_?(compat|legacy|deprecated)(\/|\.\w+$)/;

/** C and C++: what it declares, a source file defines. */
const HEADER = /\.(h|hh|hpp|hxx)$/i;

/** What a path says about the code in it. */
export type PathRole = 'source' | 'header' | 'test' | 'example' | 'generated' | 'compatibility';

/**
 * What the path of a file says about its code: tests, examples, generated files, compatibility layers and headers by the names
 * that projects of many languages give them.
 *
 * @example
 * ```ts
 * import { pathRole } from 'oasis-embed/retrieval';
 * console.log(pathRole('src/router.go'), pathRole('src/router_test.go')); // source test
 * ```
 */
export const pathRole = (path: string): PathRole => {
  if (isTestPath(path)) return 'test';
  if (GENERATED.test(path)) return 'generated';
  if (EXAMPLE.test(path)) return 'example';
  if (COMPATIBILITY.test(path)) return 'compatibility';
  return HEADER.test(path) ? 'header' : 'source';
};

/** The terms of a file's name without its extension, and those of its folder. */
export const nameTerms = (
  path: string,
): { readonly stem: readonly string[]; readonly folder: readonly string[] } => {
  const parts = path.split('/');
  const stem = parts.at(-1)!.replace(/(?<=.)\.[^.]*$/, '');
  return { stem: [...new Set(codeTerms(stem))], folder: [...new Set(codeTerms(parts.at(-2) ?? ''))] };
};
