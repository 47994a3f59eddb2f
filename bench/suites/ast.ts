import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { boundedDistance } from '../../src/ast/distance/bounded-kernel.js';
import { simdBoundedDistance } from '../../src/ast/distance/bounded-simd.js';
import type { NodeRange } from '../../src/ast/distance/node-range.js';
import {
  type FlatTree,
  flattenObject,
  flattenTree,
  nearTwins,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
  treeEditRatio,
} from '../../src/ast/index.js';
import { type PreparedTree, prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { createRandom } from '../../src/numerics/index.js';
import { loadLanguage } from '../../src/syntax/index.js';
import { plantEdits, randomTree, spine } from '../../test/ast/trees.js';
import type { OracleTree } from '../../test/reference/tree-edit.js';
import { textbookZhangShasha } from '../../test/reference/tree-edit-zhang-shasha.js';
import { functionTrees, samplePairs, sourceFiles } from '../inputs/function-trees.js';
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
const apted = { name: 'APTED', main: 'AptedContender.java', jar: 'APTED_JAR', package: 'APTED' } as const;

const planted = (nodes: number, edits: number, slow = false) => ({
  label: `${nodes.toLocaleString('en')} nodes, ${edits} edit${edits === 1 ? '' : 's'}`,
  value: { nodes, edits },
  ...(slow ? { slow: true as const } : {}),
});

interface PlantedPair {
  readonly pairs: Pairs;
  readonly limit: number;
}
const plantedPair = async ({ nodes, edits }: { nodes: number; edits: number }): Promise<PlantedPair> => {
  const random = createRandom(nodes + edits);
  const tree = randomTree(random, nodes, 50, 0.8);
  const pair = [flattenObject(tree), flattenObject(plantEdits(tree, edits, random, 50))] as const;
  return { pairs: [pair], limit: 2 * edits };
};

type BandKernel = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  limit: number,
  mirrored: boolean,
  watch: null,
  budget: number,
) => number | null;
const overBand = (name: string, distance: BandKernel, rival?: string): NodeContender<PlantedPair> => ({
  name,
  ...(rival === undefined ? {} : { package: rival }),
  prepare: ({ pairs, limit }) => {
    const [a, b] = pairs[0]!.map(prepareTree) as [PreparedTree, PreparedTree];
    const [ra, rb] = [a, b].map(({ left }) => ({ lo: 0, hi: left.size - 1 })) as [NodeRange, NodeRange];
    return {
      run: () => distance(a, ra, b, rb, limit, true, null, Number.POSITIVE_INFINITY),
      outcome: (found: number) => [found],
    };
  },
});

interface PackageSize {
  /** A file of the package that `require` finds. */
  readonly entry: string;
  /** Its folder from there, or null for that file alone. */
  readonly folder: string | null;
  readonly edits: number;
}
const packages = (
  [
    ['ml-matrix, all files', 'ml-matrix', 'src', false],
    ['tfjs-core, bundled', '@tensorflow/tfjs-core/dist/tf-core.js', null, false],
    ['TypeScript, bundled', 'typescript', null, true],
  ] as const
).flatMap(([name, entry, folder, slow]) =>
  [3, 30].map((edits) => ({
    label: `${name}, ${edits} edits`,
    value: { entry, folder, edits },
    ...(slow ? { slow: true as const } : {}),
  })),
);

/** A package as one tree, and a copy in which some returned values are negated: a node more each. */
const editedPackage = async ({ entry, folder, edits }: PackageSize): Promise<Pairs> => {
  const files = folder === null ? [require.resolve(entry)] : sourceFiles(packageFolder(entry, folder));
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const places = Array.from(text.matchAll(/return (?=[a-zA-Z(])(?!async)/g), ({ index }) => index + 7);
  let edited = text;
  for (let k = edits; k > 0; k--) {
    const at = places[Math.floor(((k - 0.5) * places.length) / edits)]!;
    edited = `${edited.slice(0, at)}!${edited.slice(at)}`;
  }
  const javascript = await loadLanguage('javascript');
  const [a, b] = [text, edited].map((source) =>
    javascript.withTree(source, (cursor) => flattenTree(cursor)),
  ) as [FlatTree, FlatTree];
  return [[a, b]];
};

const zigzag = (level: number) => level % 2 === 0;
const left = () => true;
const right = () => false;
const besides = (...children: OracleTree[]): OracleTree => ({ label: 'r', children });
/** Pairs of trees of some depth, by name. */
const shapeMakers: Readonly<Record<string, (depth: number) => readonly [OracleTree, OracleTree]>> = {
  zigzag: (depth) => [spine(depth, 'a', zigzag), spine(depth - 3, 'b', zigzag)],
  'left comb and right comb': (depth) => [spine(depth, 'a', left), spine(depth - 3, 'b', right)],
  'two combs side by side': (depth) => [
    besides(spine(depth, 'a', left), spine(depth, 'a', right)),
    besides(spine(depth - 3, 'b', left), spine(depth - 3, 'b', right)),
  ],
};
const shapes = Object.keys(shapeMakers).flatMap((shape) =>
  [100, 200, 400].map((depth) => ({
    label: `${shape}, ${depth} levels`,
    value: { shape, depth },
    ...(depth > 100 ? { slow: true as const } : {}),
  })),
);
const shapePair = ({ shape, depth }: { shape: string; depth: number }): Pairs => {
  const [a, b] = shapeMakers[shape]!(depth);
  return [[flattenObject(a), flattenObject(b)]];
};

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
        apted,
      ],
    }),
    work({
      name: 'weighted',
      title: 'Tree edit distance, renaming costs 1.5',
      sizes: [small, medium, large],
      input: pairsOf,
      share: (pairs) => ({ ...inBrackets(pairs), ...COSTS }),
      tolerance: 1e-12,
      contenders: [
        overPairs('treeEditDistance with costs', (a, b) => treeEditDistance(a, b, COSTS)),
        { name: 'ted', package: 'edit-distance', prepare: (pairs) => editDistanceOf(pairs, COSTS.rename) },
        apted,
      ],
    }),
    work({
      name: 'mapping',
      title: 'Tree edit mapping: which node became which',
      sizes: [small, medium, large],
      input: pairsOf,
      share: inBrackets,
      tolerance: 0,
      note: 'Outcomes are the costs of the mappings, as several mappings may have the same cost.',
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
      name: 'large',
      title: 'Bounded distance of large trees, with twice the planted edits as the limit',
      sizes: [
        planted(1_000, 1),
        planted(1_000, 10),
        planted(10_000, 1),
        planted(10_000, 10),
        planted(10_000, 100),
        planted(100_000, 1, true),
        planted(100_000, 10, true),
        planted(100_000, 100, true),
        planted(200_000, 1, true),
        planted(200_000, 10, true),
        planted(200_000, 100, true),
      ],
      input: plantedPair,
      tolerance: 0,
      contenders: [
        {
          name: 'treeEditDistanceWithin',
          prepare: ({ pairs, limit }) => ({
            run: () => pairs.map(([a, b]) => treeEditDistanceWithin(a, b, limit)),
            outcome: (distances: number[]) => distances,
          }),
        },
      ],
    }),
    work({
      name: 'band',
      title: 'The band of that distance at twice the planted edits',
      sizes: [1_000, 10_000, 100_000, 200_000].flatMap((nodes) =>
        [1, 10, 100].map((edits) => planted(nodes, edits, nodes >= 100_000)),
      ),
      input: plantedPair,
      tolerance: 0,
      contenders: [overBand('SIMD', simdBoundedDistance), overBand('the same band', boundedDistance, PLAIN)],
    }),
    work({
      name: 'packages',
      title: 'Bounded distance of whole npm packages as one tree, limit 50, to a copy edited in some places',
      sizes: packages,
      input: editedPackage,
      tolerance: 0,
      note: 'Outcomes are the number of nodes and the distance.',
      contenders: [
        {
          name: 'treeEditDistanceWithin',
          prepare: ([pair]) => {
            const [a, b] = pair!;
            return {
              run: () => treeEditDistanceWithin(a, b, 50),
              outcome: (distance: number) => [a.size, distance],
            };
          },
        },
      ],
    }),
    work({
      name: 'shapes',
      title: 'Tree edit distance of shapes that are bad for left and for right paths',
      sizes: shapes,
      input: async (value): Promise<Pairs> => shapePair(value),
      share: inBrackets,
      tolerance: 0,
      contenders: [
        overPairs('treeEditDistance', treeEditDistance),
        {
          ...overPairs('textbook Zhang–Shasha on typed arrays', (a, b) =>
            textbookZhangShasha(a.labels, a.sizes, b.labels, b.sizes),
          ),
          package: PLAIN,
          leftOut: shapes.filter(({ value }) => value.depth > 100).map(({ label }) => label),
        },
        apted,
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
