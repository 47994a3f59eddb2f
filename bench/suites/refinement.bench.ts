import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, bench, describe } from 'vitest';
import { type FlatTree, flattenTree } from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { cloneJudge, findSuspects, type LabelledPairs, twinNegatives } from '../../src/refinement/index.js';
import { loadLanguage, subtokens } from '../../src/syntax/index.js';

/** Functions of 20 to 300 nodes from the installed package `three`, and 100,000 pairs of them. */
const PAIRS = 100_000;
const NEGATIVES = 9;
const codes: string[] = [];
const trees: FlatTree[] = [];
let pairs: LabelledPairs = { query: [], document: [], similarity: [], positive: [] };
let tokens: string[][] = [];

beforeAll(async () => {
  const parser = await loadLanguage('javascript');
  const root = dirname(dirname(createRequire(import.meta.url).resolve('three')));
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.js'),
  );
  for (const file of files.sort()) {
    const source = readFileSync(join(root, 'src', file), 'utf8');
    for (const [method] of source.matchAll(/^\t(?:static |async )*\w+\([^)]*\) \{[\s\S]*?^\t\}/gm)) {
      const tree = parser.withSnippet(method, (cursor, { hasError }) =>
        hasError ? null : flattenTree(cursor),
      );
      if (tree === null || tree.size < 20 || tree.size > 300) continue;
      codes.push(method);
      trees.push(tree);
    }
  }
  tokens = codes.map(subtokens);
  const random = createRandom(1);
  const query = Array.from({ length: PAIRS }, (_, i) => Math.floor(i / (NEGATIVES + 1)));
  pairs = {
    query,
    document: query.map((q, i) =>
      i % (NEGATIVES + 1) === 0 ? q % trees.length : random.below(trees.length),
    ),
    similarity: Float32Array.from(query, () => random.uniform()),
    positive: query.map((_, i) => (i % (NEGATIVES + 1) === 0 ? 1 : 0)),
  };
  console.log(`${trees.length} functions, ${PAIRS} pairs`);
});

describe('suspects among 100,000 pairs', () => {
  bench('threshold and above own positive', () => void findSuspects(pairs, { threshold: 0.9 }), {
    iterations: 3,
  });
  bench('and trees within 0.2', () => void findSuspects(pairs, { threshold: 0.9, trees }), { iterations: 3 });
  bench('and trees within 0.3', () => void findSuspects(pairs, { threshold: 0.9, trees, treeRatio: 0.3 }), {
    iterations: 3,
  });
  bench(
    'and trees within 0.3, token Jaccard at most 0.5',
    () => void findSuspects(pairs, { threshold: 0.9, trees, treeRatio: 0.3, tokens, maxTokenJaccard: 0.5 }),
    { iterations: 3 },
  );
});

describe('near twins of the whole repository', () => {
  bench(
    'twinNegatives within 0.2',
    () => void twinNegatives(pairs, { trees, repositories: trees.map(() => 0) }),
    {
      iterations: 3,
    },
  );
});

describe('clone judge', () => {
  const judgeCase = (i: number) => ({
    query: '',
    positive: codes[i % codes.length]!,
    candidate: codes[(i + 1) % codes.length]!,
    positiveLanguage: 'javascript' as const,
    candidateLanguage: 'javascript' as const,
    treeRatio: Number.NaN,
  });
  bench(
    '200 cases, nothing parsed before',
    async () => {
      const judge = cloneJudge();
      for (let i = 0; i < 200; i++) await judge.decide(judgeCase(i), { seed: 0 });
    },
    { iterations: 3 },
  );
});
