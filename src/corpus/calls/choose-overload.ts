import type { RepositoryIndex } from './repository-index.js';
import type { IndexedFile } from './target.js';

/** A name that many functions bear tells nothing, and such names are most of the cost on large repositories. */
export const CANDIDATE_LIMIT = 256;

export const fits = (index: RepositoryIndex, number: number, arity: number): boolean => {
  const [fewest, most] = index.functions[number]!.head.arity;
  return arity < 0 || (arity >= fewest && arity <= most);
};

/** Of several functions of one name, the one that takes as many arguments; the first where none does. */
export const chooseOverload = (
  index: RepositoryIndex,
  numbers: readonly number[],
  arity: number,
): number | null => {
  if (numbers.length === 0 || numbers.length > CANDIDATE_LIMIT) return null;
  return numbers.find((number) => fits(index, number, arity)) ?? numbers[0]!;
};

/** Of a file's functions of one qualified name, as TypeScript and C# overload them, the one that takes the arguments. */
export const overloadOf = (
  index: RepositoryIndex,
  file: IndexedFile,
  number: number,
  arity: number,
): number => {
  const { name, qualifiedName } = index.functions[number]!;
  if (fits(index, number, arity)) return number;
  const named = index.named(name);
  if (named.length > CANDIDATE_LIMIT) return number;
  const same = (other: number) =>
    index.fileOf[other] === file && index.functions[other]!.qualifiedName === qualifiedName;
  return named.find((other) => same(other) && fits(index, other, arity)) ?? number;
};
