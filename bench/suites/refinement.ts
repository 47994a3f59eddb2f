import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type FlatTree, flattenTree, treeEditRatio } from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { cloneJudge, findSuspects, twinNegatives } from '../../src/refinement/index.js';
import { loadLanguage } from '../../src/syntax/index.js';
import { OWN } from '../runner/peer-packages.js';
import { type Suite, work } from '../runner/suite.js';

const NEGATIVES = 9;
const THRESHOLD = 0.9;
const RATIO = 0.2;

/** Methods of ml-matrix, 20 to 300 nodes, with so many pairs of them. */
const repository = async (count: number) => {
  const parser = await loadLanguage('javascript');
  const root = join(dirname(createRequire(import.meta.url).resolve('ml-matrix')), 'src');
  const codes: string[] = [];
  const trees: FlatTree[] = [];
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.js')) continue;
    const source = readFileSync(join(root, file), 'utf8');
    for (const [method] of source.matchAll(/^ {2}(?:static )?\w+\([^)]*\) \{[\s\S]*?^ {2}\}/gm)) {
      const tree = parser.withSnippet(method, (cursor, { hasError }) =>
        hasError ? null : flattenTree(cursor),
      );
      if (tree === null || tree.size < 20 || tree.size > 300) continue;
      codes.push(method);
      trees.push(tree);
    }
  }
  const random = createRandom(1);
  const query = Array.from({ length: count }, (_, i) => Math.floor(i / (NEGATIVES + 1)) % trees.length);
  const positive = query.map((_, i) => (i % (NEGATIVES + 1) === 0 ? 1 : 0));
  const document = query.map((q, i) => (positive[i] === 1 ? q : random.below(trees.length)));
  return {
    codes,
    trees,
    pairs: { query, document, positive, similarity: Float32Array.from(query, () => random.uniform()) },
  };
};
type Repository = Awaited<ReturnType<typeof repository>>;

/** The ratio of every pair, then the rule: above the threshold, above the own positive, or a near twin of it. */
const ratiosOfAll = ({ trees, pairs }: Repository): number => {
  const own = new Map<number, number>();
  pairs.positive.forEach((mark, i) => {
    if (mark === 1) own.set(Math.floor(i / (NEGATIVES + 1)), i);
  });
  let near = 0;
  for (let i = 0; i < pairs.query.length; i++) {
    if (pairs.positive[i] === 1) continue;
    const positive = own.get(Math.floor(i / (NEGATIVES + 1)))!;
    if (treeEditRatio(trees[pairs.document[positive]!]!, trees[pairs.document[i]!]!) <= RATIO) near++;
  }
  return near;
};

const pairCounts = [10_000, 100_000].map((value, at) => ({
  label: `${value.toLocaleString('en')} pairs`,
  value,
  ...(at > 0 ? { slow: true as const } : {}),
}));

export const refinement: Suite = {
  room: 'refinement',
  works: [
    work({
      name: 'suspects',
      title: 'Suspects by the threshold and by the own positive',
      sizes: pairCounts,
      input: repository,
      tolerance: 0,
      contenders: [
        {
          name: 'findSuspects',
          prepare: ({ pairs }) => ({
            run: () => findSuspects(pairs, { threshold: THRESHOLD }),
            outcome: () => [],
          }),
        },
      ],
    }),
    work({
      name: 'tree-suspects',
      title: `Suspects whose trees are within ${RATIO} of the positive's`,
      sizes: pairCounts,
      input: repository,
      tolerance: 0,
      contenders: [
        {
          name: 'findSuspects with trees',
          prepare: ({ pairs, trees }) => ({
            run: () => findSuspects(pairs, { threshold: 2, trees, treeRatio: RATIO }),
            outcome: () => [],
          }),
        },
        {
          name: 'treeEditRatio of every pair',
          package: OWN,
          prepare: (input) => ({ run: () => ratiosOfAll(input), outcome: () => [] }),
        },
      ],
    }),
    work({
      name: 'twin-negatives',
      title: `Near twins of a whole repository as negatives, within ${RATIO}`,
      sizes: pairCounts.slice(0, 1),
      input: repository,
      tolerance: 0,
      contenders: [
        {
          name: 'twinNegatives',
          prepare: ({ pairs, trees }) => ({
            run: () => twinNegatives(pairs, { trees, repositories: trees.map(() => 0) }),
            outcome: () => [],
          }),
        },
      ],
    }),
    work({
      name: 'clone-judge',
      title: 'Judging pairs by whether one is the other renamed, nothing parsed in advance',
      sizes: [{ label: '200 cases', value: 1000 }],
      input: repository,
      tolerance: 0,
      contenders: [
        {
          name: 'cloneJudge',
          prepare: ({ codes }) => ({
            async run() {
              const judge = cloneJudge();
              for (let i = 0; i < 200; i++) {
                const judgeCase = {
                  query: '',
                  positive: codes[i % codes.length]!,
                  candidate: codes[(i + 1) % codes.length]!,
                  positiveLanguage: 'javascript' as const,
                  candidateLanguage: 'javascript' as const,
                  treeRatio: Number.NaN,
                };
                await judge.decide(judgeCase, { seed: 0 });
              }
            },
            outcome: () => [],
          }),
        },
      ],
    }),
  ],
};
