import { createRandom } from '../../src/numerics/index.js';
import { type SampledFunction, sampleInRepoNegatives } from '../../src/sampling/index.js';
import { PLAIN } from '../runner/peer-packages.js';
import { type Suite, work } from '../runner/suite.js';

const K = 5;

/** The obvious way: filter the repository, then draw without replacement; costs the whole repository each time. */
const filterAndDraw = (functions: readonly SampledFunction[]) => {
  const random = createRandom(1);
  const query: number[] = [];
  const repositories = new Map<string, number[]>();
  functions.forEach((fn, i) => {
    const list = repositories.get(fn.repository);
    if (list === undefined) repositories.set(fn.repository, [i]);
    else list.push(i);
  });
  functions.forEach((fn, i) => {
    const others = repositories.get(fn.repository)!.filter((j) => functions[j]!.content !== fn.content);
    for (let n = 0; n < K && others.length > 0; n++) {
      others.splice(random.below(others.length), 1);
      query.push(i);
    }
  });
  return { query };
};

const size = (count: number, repository: number) => ({
  label: `${count.toLocaleString('en')} functions, ${repository.toLocaleString('en')} per repository`,
  value: { count, repository },
});
const countOf = ({ query }: { query: ArrayLike<number> }) => [query.length];

export const sampling: Suite = {
  room: 'sampling',
  works: [
    work({
      name: 'in-repo-negatives',
      title: `${K} in-repository negatives for each function`,
      sizes: [size(10_000, 100), size(10_000, 1000), { ...size(100_000, 1000), slow: true }],
      input: ({ count, repository }) =>
        Array.from({ length: count }, (_, i) => ({
          id: `function-${i}`,
          repository: `repository-${Math.floor(i / repository)}`,
          content: `content ${i % (count / 2)}`,
        })),
      // Both draw at random, so the pairs differ; their number must not.
      tolerance: 0,
      note: 'Outcomes are the numbers of pairs.',
      contenders: [
        {
          name: 'sampleInRepoNegatives',
          prepare: (functions) => ({
            run: () => sampleInRepoNegatives(functions, { k: K, seed: 1 }),
            outcome: countOf,
          }),
        },
        {
          name: 'filter and draw',
          package: PLAIN,
          leftOut: [size(100_000, 1000).label],
          prepare: (functions) => ({ run: () => filterAndDraw(functions), outcome: countOf }),
        },
      ],
    }),
  ],
};
