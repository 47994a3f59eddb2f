import { bench, describe } from 'vitest';
import { createRandom } from '../../src/numerics/index.js';
import { type SampledFunction, sampleInRepoNegatives } from '../../src/sampling/index.js';

/** The obvious way: filter the repository, shuffle, take K; depends on order and costs the repository each time. */
const naive = (functions: readonly SampledFunction[], k: number) => {
  const random = createRandom(1);
  const pairs: [number, number][] = [];
  const repositories = new Map<string, number[]>();
  functions.forEach((fn, i) => {
    const list = repositories.get(fn.repository);
    if (list === undefined) repositories.set(fn.repository, [i]);
    else list.push(i);
  });
  functions.forEach((fn, i) => {
    const others = repositories.get(fn.repository)!.filter((j) => functions[j]!.content !== fn.content);
    for (let n = 0; n < k && others.length > 0; n++) {
      pairs.push([i, others.splice(random.below(others.length), 1)[0]!]);
    }
  });
  return pairs;
};

for (const [count, size] of [
  [10_000, 100],
  [10_000, 1000],
  [100_000, 1000],
] as const) {
  const functions = Array.from({ length: count }, (_, i) => ({
    id: `function-${i}`,
    repository: `repository-${Math.floor(i / size)}`,
    content: `content ${i % (count / 2)}`,
  }));
  describe(`5 negatives for ${count.toLocaleString('en')} functions, ${size} a repository`, () => {
    bench('sampleInRepoNegatives', () => {
      sampleInRepoNegatives(functions, { k: 5, seed: 1 });
    });
    if (count <= 10_000) {
      bench('filter, shuffle, take', () => {
        naive(functions, 5);
      });
    }
  });
}
