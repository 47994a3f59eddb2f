import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type FlatTree,
  nearTwins,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
  treeEditRatio,
} from '../../src/ast/index.js';
import { textbookZhangShasha } from '../../test/reference/tree-edit-zhang-shasha.js';
import { functionTrees, samplePairs } from '../inputs/function-trees.js';
import { bracket, editDistanceOf } from '../peers/edit-distance.js';
import { OWN, PLAIN } from '../runner/peer-packages.js';
import { type NodeContender, type Prepared, type Suite, work } from '../runner/suite.js';

type Pairs = readonly (readonly [FlatTree, FlatTree])[];

// Functions as people wrote them, from packages that are installed anyway.
const require = createRequire(import.meta.url);
const packageFolder = (entry: string, ...rest: string[]) => join(dirname(require.resolve(entry)), ...rest);
const trees = () =>
  functionTrees([packageFolder('ml-matrix', 'src'), packageFolder('@tensorflow/tfjs-core', 'ops')]);

interface PairSize {
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}
const pairSize = (count: number, minimum: number, maximum: number) => ({
  label: `${count} pairs of ${minimum}–${maximum} nodes`,
  value: { count, minimum, maximum },
});
const small = pairSize(50, 20, 60);
const medium = pairSize(20, 60, 200);
const large = { ...pairSize(4, 200, 600), slow: true as const };

const pairsOf = async ({ count, minimum, maximum }: PairSize): Promise<Pairs> =>
  samplePairs(await trees(), count, minimum, maximum);
const inBrackets = (pairs: Pairs) => ({
  left: pairs.map(([a]) => bracket(a)),
  right: pairs.map(([, b]) => bracket(b)),
});

const overPairs = (name: string, distance: (a: FlatTree, b: FlatTree) => number): NodeContender<Pairs> => ({
  name,
  prepare: (pairs): Prepared => ({
    run: () => pairs.map(([a, b]) => distance(a, b)),
    outcome: (distances: number[]) => distances,
  }),
});

const COSTS = { rename: 1.5 };

export const ast: Suite = {
  room: 'ast',
  works: [
    work({
      name: 'distance',
      title: 'Tree edit distance of real functions, unit costs',
      sizes: [small, medium, large],
      input: pairsOf,
      share: inBrackets,
      tolerance: 0,
      contenders: [
        overPairs('treeEditDistance', treeEditDistance),
        {
          ...overPairs('textbook Zhang–Shasha on typed arrays', (a, b) =>
            textbookZhangShasha(a.labels, a.sizes, b.labels, b.sizes),
          ),
          package: PLAIN,
        },
        { name: 'ted', package: 'edit-distance', prepare: (pairs) => editDistanceOf(pairs, 1) },
        { name: 'APTED', module: 'apted_distance', package: 'apted', leftOut: [medium.label, large.label] },
        { name: 'APTED', main: 'AptedContender.java', jar: 'APTED_JAR', package: 'APTED' },
      ],
    }),
    work({
      name: 'weighted',
      title: 'Tree edit distance, a renaming at 1.5',
      sizes: [small, medium, large],
      input: pairsOf,
      tolerance: 1e-12,
      contenders: [
        overPairs('treeEditDistance with costs', (a, b) => treeEditDistance(a, b, COSTS)),
        { name: 'ted', package: 'edit-distance', prepare: (pairs) => editDistanceOf(pairs, COSTS.rename) },
      ],
    }),
    work({
      name: 'mapping',
      title: 'Tree edit mapping: which node became which',
      sizes: [small, medium, large],
      input: pairsOf,
      share: inBrackets,
      tolerance: 0,
      note: 'Outcomes are the costs of the mappings: several mappings may cost the same.',
      contenders: [
        overPairs('treeEditMapping', (a, b) => treeEditMapping(a, b).distance),
        {
          name: 'compute_edit_mapping',
          module: 'apted_mapping',
          package: 'apted',
          leftOut: [medium.label, large.label],
        },
      ],
    }),
    work({
      name: 'within',
      title: 'Is the tree edit distance within a tenth of both sizes?',
      sizes: [small, medium, large],
      input: pairsOf,
      tolerance: 0,
      contenders: [
        overPairs('treeEditDistanceWithin', (a, b) => {
          const limit = Math.floor((a.size + b.size) / 10);
          return Number(treeEditDistanceWithin(a, b, limit) <= limit);
        }),
        {
          ...overPairs('the whole distance', (a, b) =>
            Number(treeEditDistance(a, b) <= Math.floor((a.size + b.size) / 10)),
          ),
          package: OWN,
        },
      ],
    }),
    work({
      name: 'near-twins',
      title: 'All near twins among functions, ratio 0.2',
      sizes: [200, 800].map((count, at) => ({
        label: `${count} functions`,
        value: count,
        ...(at > 0 ? { slow: true as const } : {}),
      })),
      input: async (count) => (await trees()).slice(0, count),
      tolerance: 0,
      note: 'Outcomes are the numbers of twins.',
      contenders: [
        {
          name: 'nearTwins',
          prepare: (some) => ({
            run: () => nearTwins(some, { ratio: 0.2 }).statistics.twins,
            outcome: (twins: number) => [twins],
          }),
        },
        {
          name: 'treeEditRatio of every pair',
          package: OWN,
          prepare: (some) => ({
            run: () => {
              let twins = 0;
              for (let a = 0; a < some.length; a++)
                for (let b = a + 1; b < some.length; b++)
                  if (treeEditRatio(some[a]!, some[b]!) <= 0.2) twins++;
              return twins;
            },
            outcome: (twins: number) => [twins],
          }),
        },
      ],
    }),
  ],
};
