import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bench, describe } from 'vitest';
import { nearTwins, treeEditDistance, treeEditDistanceWithin, treeEditMapping } from '../../src/ast/index.js';
import { textbookZhangShasha } from '../../test/reference/tree-edit-zhang-shasha.js';
import { functionTrees, samplePairs } from '../inputs/function-trees.js';

// Functions as people wrote them, from packages that are installed anyway.
const require = createRequire(import.meta.url);
const packageFolder = (entry: string, ...rest: string[]) => join(dirname(require.resolve(entry)), ...rest);
const trees = await functionTrees([
  packageFolder('ml-matrix', 'src'),
  packageFolder('@tensorflow/tfjs-core', 'ops'),
]);

for (const [minimum, maximum, count] of [
  [20, 60, 100],
  [60, 200, 30],
  [200, 600, 4],
] as const) {
  const pairs = samplePairs(trees, count, minimum, maximum);
  describe(`${count} pairs of functions of ${minimum}–${maximum} nodes`, () => {
    const options = { iterations: 3, time: 300, warmupIterations: 1, warmupTime: 0 };
    bench(
      'treeEditDistance',
      () => {
        for (const [a, b] of pairs) treeEditDistance(a, b);
      },
      options,
    );
    bench(
      'treeEditDistanceWithin, a tenth of both sizes',
      () => {
        for (const [a, b] of pairs) treeEditDistanceWithin(a, b, (a.size + b.size) / 10);
      },
      options,
    );
    bench(
      'treeEditMapping',
      () => {
        for (const [a, b] of pairs) treeEditMapping(a, b);
      },
      options,
    );
    bench(
      'treeEditDistance with costs',
      () => {
        for (const [a, b] of pairs) treeEditDistance(a, b, { rename: 1.5 });
      },
      options,
    );
    bench(
      'textbook Zhang–Shasha on typed arrays',
      () => {
        for (const [a, b] of pairs) textbookZhangShasha(a.labels, a.sizes, b.labels, b.sizes);
      },
      options,
    );
  });
}

const some = trees.slice(0, 500);
describe(`near twins among ${some.length} functions`, () => {
  for (const ratio of [0.1, 0.2, 0.3]) {
    bench(
      `ratio ${ratio}`,
      () => {
        nearTwins(some, { ratio });
      },
      { iterations: 3, time: 200, warmupIterations: 1, warmupTime: 0 },
    );
  }
});
