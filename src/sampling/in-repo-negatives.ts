import { checkOptions } from '../numerics/index.js';
import { createRepositorySampler } from './repository-sampler.js';
import type { NegativePairs, SampledFunction, SampleInRepoNegativesOptions } from './sampled-function.js';

const groupByRepository = (functions: readonly SampledFunction[]): Uint32Array[] => {
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  const groupOf = new Uint32Array(functions.length);
  let last: string | undefined;
  let group = 0;
  for (let i = 0; i < functions.length; i++) {
    const { repository } = functions[i]!;
    // Functions of a repository mostly come together.
    if (repository !== last) {
      last = repository;
      group = numbers.get(repository) ?? sizes.length;
      if (group === sizes.length) {
        numbers.set(repository, group);
        sizes.push(0);
      }
    }
    groupOf[i] = group;
    sizes[group]! += 1;
  }
  const groups = sizes.map((size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  for (let i = 0; i < groupOf.length; i++) groups[groupOf[i]!]![filled[groupOf[i]!]!++] = i;
  return groups;
};

/**
 * Pairs each function with K distinct others of its repository. None is a copy of it or of another.
 *
 * Uniform over the other contents of the repository, without replacement; of a content that several functions share
 * one is drawn. The draws of a function depend on the seed, its id and
 * the ids and contents of its own repository: neither the order of the functions nor other repositories matter,
 * so repositories may be sampled on different machines. A function of a repository with fewer than K other
 * contents gets them all; the shortfall counts what is missing. No functions give no pairs.
 *
 * @param functions [N]; ids distinct within a repository.
 * @param options K, seed, and strata to draw from first.
 * @returns Parallel arrays of P ≤ N·K pairs, grouped by query in the order of the functions.
 * @throws RangeError when `k` is not a positive whole number, a function has no id or no repository, ids repeat within
 * a repository, or a stratum names a function of another repository.
 *
 * Time O(N·(K + log n)) with n the functions of a repository, however many copies there are; memory O(N·K), for the
 * pairs. {@link streamInRepoNegatives} holds one repository at a time.
 *
 * @example
 * ```ts
 * import { sampleInRepoNegatives } from 'oasis-embed/sampling';
 * const functions = ['a', 'b', 'c', 'd'].map((id) => ({ id, repository: 'left-pad' }));
 * const { query, document, shortfall } = sampleInRepoNegatives(functions, { k: 2, seed: 1 });
 * console.log(query.length, document.length, shortfall.pairs); // 8 8 0
 * ```
 *
 * @see OASIS, arXiv 2503.08161, in-repository negatives.
 */
export const sampleInRepoNegatives = (
  functions: readonly SampledFunction[],
  options: SampleInRepoNegativesOptions,
): NegativePairs => {
  const sampler = createRepositorySampler(functions, options);
  const groups = groupByRepository(functions);
  const offsets = new Float64Array(functions.length + 1);
  const described = groups.map((group) => {
    const repository = sampler.describe(group);
    for (const index of group) offsets[index + 1] = repository.wanted;
    return repository;
  });
  for (let i = 0; i < functions.length; i++) offsets[i + 1]! += offsets[i]!;
  const total = offsets[functions.length]!;
  const pairs = {
    query: new Uint32Array(total),
    document: new Uint32Array(total),
    stratum: new Uint8Array(total),
  };
  let short = 0;
  let shortRepositories = 0;
  for (const repository of described) {
    sampler.draw(repository, offsets, pairs);
    if (repository.wanted >= options.k) continue;
    short += repository.members.length;
    shortRepositories += 1;
  }
  const shortfall = {
    functions: short,
    repositories: shortRepositories,
    pairs: functions.length * options.k - total,
  };
  return { ...pairs, shortfall };
};

/**
 * Negatives repository by repository, for more functions than memory holds: the same pairs as
 * {@link sampleInRepoNegatives} gives, without keeping anything from one repository to the next.
 *
 * @param repositories The functions of one repository each; read as they come.
 * @param options K and seed. Strata name functions by their index, so they need all functions at once and are not
 * taken here.
 * @returns For each repository, its functions and their pairs; indices count within the repository.
 * @throws RangeError as {@link sampleInRepoNegatives} does, and when a group holds functions of two repositories.
 *
 * Time as {@link sampleInRepoNegatives}, memory that of the largest repository.
 *
 * @example
 * ```ts
 * import { streamInRepoNegatives } from 'oasis-embed/sampling';
 * const repositories = [['a', 'b', 'c'], ['d', 'e']].map((ids, r) =>
 *   ids.map((id) => ({ id, repository: `repository ${r}` })),
 * );
 * let negatives = 0;
 * for (const { pairs } of streamInRepoNegatives(repositories, { k: 1, seed: 1 })) negatives += pairs.document.length;
 * console.log(negatives); // 5
 * ```
 */
export function* streamInRepoNegatives<T extends SampledFunction>(
  repositories: Iterable<readonly T[]>,
  options: Omit<SampleInRepoNegativesOptions, 'strata'>,
): Generator<{ readonly functions: readonly T[]; readonly pairs: NegativePairs }> {
  checkOptions('streamInRepoNegatives', options, { k: true, seed: true });
  const { k, seed } = options;
  for (const functions of repositories) {
    const repository = functions[0]?.repository;
    for (const other of functions) {
      if (other.repository === repository) continue;
      throw new RangeError(
        `repositories must each hold the functions of one repository, received those of ` +
          `${JSON.stringify(repository)} and ${JSON.stringify(other.repository)} together`,
      );
    }
    yield { functions, pairs: sampleInRepoNegatives(functions, { k, seed }) };
  }
}
