import { checkOptions, type OptionNames } from '../numerics/index.js';
import type { NegativeStratum, SampledFunction } from './sampled-function.js';

/** A function with its edges in the call graph, by the ids at their other ends; a `CodeFunction` is one. */
export interface CallGraphNode extends SampledFunction {
  readonly callers: readonly { readonly id: string }[];
  readonly callees: readonly { readonly id: string }[];
}

const CALL_GRAPH_STRATUM_OPTIONS: OptionNames<{ readonly count: number }> = { count: true };

/**
 * Functions that a function calls or is called by: close in purpose, and seldom an answer to the same question.
 *
 * References that leave the functions given are passed over.
 *
 * @param functions [N], those that will be sampled, in the same order.
 * @param options `count`: at most this many of a function's negatives.
 *
 * Time and memory O(N).
 *
 * @example
 * ```ts
 * import { callGraphStratum, sampleInRepoNegatives } from 'oasis-embed/sampling';
 * const node = (id: string, callees: string[]) => ({
 *   id,
 *   repository: 'r',
 *   callers: [],
 *   callees: callees.map((callee) => ({ id: callee })),
 * });
 * const functions = [node('a', ['b']), node('b', []), node('c', []), node('d', [])];
 * const strata = [callGraphStratum(functions, { count: 1 })];
 * const { document, stratum } = sampleInRepoNegatives(functions, { k: 2, seed: 1, strata });
 * console.log(document[0], stratum[0]); // 1 1
 * ```
 */
export const callGraphStratum = (
  functions: readonly CallGraphNode[],
  options: { readonly count: number },
): NegativeStratum => {
  checkOptions('callGraphStratum', options, CALL_GRAPH_STRATUM_OPTIONS);
  const { count } = options;
  const keyOf = (repository: string, id: string) => `${repository}\u0000${id}`;
  const indexOf = new Map(functions.map(({ repository, id }, i) => [keyOf(repository, id), i]));
  return {
    name: 'calls',
    count,
    candidates: (index) => {
      const { repository, callers, callees } = functions[index]!;
      const found = new Set<number>();
      for (const { id } of [...callees, ...callers]) {
        const other = indexOf.get(keyOf(repository, id));
        if (other !== undefined && other !== index) found.add(other);
      }
      return [...found];
    },
  };
};

/** What {@link lexicalStratum} needs of a text index: `Bm25Index` of `oasis-embed/benchmarks` is one. */
export interface TextIndex {
  /** The best documents of a query, the best first. */
  search(queryTokens: Iterable<string>, count: number): readonly { readonly document: number }[];
}

/** Options of {@link lexicalStratum}. */
export interface LexicalStratumOptions {
  /** At most this many of a function's negatives. */
  readonly count: number;
  /** The tokens that ask, by function: those of its docstring, say. */
  readonly queries: readonly (readonly string[])[];
  /** The tokens that are searched, by function: those of its code. */
  readonly documents: readonly (readonly string[])[];
  /** Builds the index of one repository. */
  readonly index: (documents: readonly (readonly string[])[]) => TextIndex;
  /** Draws from this many of the nearest. @defaultValue 16 */
  readonly nearest?: number;
}

const LEXICAL_STRATUM_OPTIONS: OptionNames<LexicalStratumOptions> = {
  count: true,
  queries: true,
  documents: true,
  index: true,
  nearest: true,
};

/**
 * Functions of the repository whose words are nearest to a function's docstring: what a lexical search would return
 * in its place.
 *
 * One index is built per repository, when its first function is asked for, and the last one is kept.
 *
 * @param functions [N], those that will be sampled, in the same order.
 * @throws RangeError when `queries` or `documents` differ from the functions in number.
 *
 * Time that of the index; memory one repository's index.
 *
 * @example
 * ```ts
 * import { Bm25Index } from 'oasis-embed/benchmarks';
 * import { lexicalStratum, sampleInRepoNegatives } from 'oasis-embed/sampling';
 * const functions = ['a', 'b', 'c', 'd'].map((id) => ({ id, repository: 'r' }));
 * const documents = [['open', 'file'], ['sort', 'list'], ['close', 'file'], ['add']];
 * const lexical = lexicalStratum(functions, {
 *   count: 1,
 *   queries: documents,
 *   documents,
 *   index: (texts) => new Bm25Index(texts),
 * });
 * const { document } = sampleInRepoNegatives(functions, { k: 1, seed: 1, strata: [lexical] });
 * console.log(document[0]); // 2
 * ```
 */
export const lexicalStratum = (
  functions: readonly Pick<SampledFunction, 'id' | 'repository'>[],
  options: LexicalStratumOptions,
): NegativeStratum => {
  checkOptions('lexicalStratum', options, LEXICAL_STRATUM_OPTIONS);
  const { count, queries, documents, index, nearest = 16 } = options;
  for (const [name, list] of Object.entries({ queries, documents })) {
    if (list.length !== functions.length) {
      throw new RangeError(`${name} must have shape [N] = [${functions.length}], received [${list.length}]`);
    }
  }
  const membersOf = new Map<string, number[]>();
  functions.forEach(({ repository }, i) => {
    const members = membersOf.get(repository);
    if (members === undefined) membersOf.set(repository, [i]);
    else members.push(i);
  });
  // Equal scores go by place: by id, the order of the functions does not matter.
  const byId = (a: number, b: number) => (functions[a]!.id < functions[b]!.id ? -1 : 1);
  for (const members of membersOf.values()) members.sort(byId);
  let current: { repository: string; members: readonly number[]; index: TextIndex } | null = null;
  return {
    name: 'lexical',
    count,
    candidates: (asked) => {
      const { repository } = functions[asked]!;
      if (current?.repository !== repository) {
        const members = membersOf.get(repository)!;
        current = { repository, members, index: index(members.map((member) => documents[member]!)) };
      }
      const { members } = current;
      // One more, since the function itself is often its own best hit.
      return current.index
        .search(queries[asked]!, nearest + 1)
        .map(({ document }) => members[document]!)
        .filter((member) => member !== asked)
        .slice(0, nearest);
    },
  };
};

const PAIRED_STRATUM_OPTIONS: OptionNames<{ readonly count: number }> = { count: true };

/**
 * A stratum of pairs that are known beforehand, such as the near twins that `nearTwins` of `oasis-embed/ast` finds
 * in a repository: each end is a candidate of the other.
 *
 * @param name Names the stratum.
 * @param pairs Indices of functions, one of each list a pair; both of one repository.
 * @param options `count`: at most this many of a function's negatives.
 * @throws RangeError when the lists differ in length.
 *
 * @example
 * ```ts
 * import { pairedStratum, sampleInRepoNegatives } from 'oasis-embed/sampling';
 * const functions = ['a', 'b', 'c', 'd'].map((id) => ({ id, repository: 'r' }));
 * const twins = pairedStratum('twins', { left: [0], right: [3] }, { count: 1 });
 * const { document } = sampleInRepoNegatives(functions, { k: 1, seed: 1, strata: [twins] });
 * console.log(document[0], document[3]); // 3 0
 * ```
 */
export const pairedStratum = (
  name: string,
  pairs: { readonly left: ArrayLike<number>; readonly right: ArrayLike<number> },
  options: { readonly count: number },
): NegativeStratum => {
  checkOptions('pairedStratum', options, PAIRED_STRATUM_OPTIONS);
  const { count } = options;
  const { left, right } = pairs;
  if (left.length !== right.length) {
    throw new RangeError(`right must have shape [T] = [${left.length}], received [${right.length}]`);
  }
  const partners = new Map<number, number[]>();
  const add = (a: number, b: number) => {
    const list = partners.get(a);
    if (list === undefined) partners.set(a, [b]);
    else list.push(b);
  };
  for (let i = 0; i < left.length; i++) {
    add(left[i]!, right[i]!);
    add(right[i]!, left[i]!);
  }
  return { name, count, candidates: (index) => partners.get(index) ?? [] };
};
