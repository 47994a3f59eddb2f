import { fileURLToPath } from 'node:url';
import {
  analyzeRepository,
  type CodeFunction,
  createAnalysisCache,
  dropNearDuplicates,
  filterFunctions,
  summarizeDoc,
} from '../../src/corpus/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { OWN } from '../runner/peer-packages.js';
import { type Suite, sizes, work } from '../runner/suite.js';

// Sources that are there wherever the bench runs: this package's own and those of a dependency.
const folder = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folders = [
  { label: 'ml-matrix (JavaScript)', value: folder('node_modules/ml-matrix/src') },
  { label: 'src (TypeScript)', value: folder('src'), slow: true as const },
];
type Repository = Awaited<ReturnType<typeof analyzeRepository>>;
const countFunctions = ({ functions }: Repository) => [functions.length];

const functionsOf = async (root: string) =>
  (await analyzeRepository(root, { keepGenerated: true })).functions;

/** Functions of 20 to 100 tokens, few of them common. */
const madeUp = (count: number): CodeFunction[] => {
  const random = createRandom(1, 'near-duplicates');
  const token = () => `name${Math.floor(300_000 * random.uniform() ** 5)}`;
  return Array.from({ length: count }, (_, at) => {
    const code = Array.from({ length: 20 + random.below(80) }, token).join(' ');
    return { id: String(at), code } as CodeFunction;
  });
};

export const corpus: Suite = {
  room: 'corpus',
  works: [
    work({
      name: 'analyze',
      title: 'Analyzing a repository: functions, docs and call graph',
      sizes: folders,
      input: (root) => root,
      tolerance: 0,
      contenders: [
        {
          name: 'analyzeRepository',
          prepare: (root) => ({
            run: () => analyzeRepository(root, { keepGenerated: true }),
            outcome: countFunctions,
          }),
        },
      ],
    }),
    work({
      name: 'analyze-again',
      title: 'Analyzing a repository again, nothing changed',
      sizes: folders,
      input: (root) => root,
      tolerance: 0,
      contenders: [
        {
          name: 'analyzeRepository with a cache',
          async prepare(root) {
            const cache = createAnalysisCache();
            await analyzeRepository(root, { keepGenerated: true, cache });
            return {
              run: () => analyzeRepository(root, { keepGenerated: true, cache }),
              outcome: countFunctions,
            };
          },
        },
        {
          name: 'analyzeRepository without one',
          package: OWN,
          prepare: (root) => ({
            run: () => analyzeRepository(root, { keepGenerated: true }),
            outcome: countFunctions,
          }),
        },
      ],
    }),
    work({
      name: 'docs',
      title: 'First sentences of doc comments',
      sizes: folders,
      input: async (root) => (await functionsOf(root)).flatMap(({ doc }) => (doc === null ? [] : [doc])),
      tolerance: 0,
      contenders: [
        {
          name: 'summarizeDoc',
          prepare: (docs) => ({
            run: () => docs.map((doc) => summarizeDoc(doc)),
            outcome: ({ length }: unknown[]) => [length],
          }),
        },
      ],
    }),
    work({
      name: 'filter',
      title: 'Filtering functions',
      sizes: folders,
      input: functionsOf,
      tolerance: 0,
      contenders: [
        {
          name: 'filterFunctions',
          prepare: (functions) => ({
            run: () => filterFunctions(functions),
            outcome: () => [functions.length],
          }),
        },
      ],
    }),
    work({
      name: 'near-duplicates',
      title: 'Dropping near-duplicates among functions of 20 to 100 tokens',
      sizes: sizes([1000, null, 16_000], (count) => `${count.toLocaleString('en')} functions`),
      input: madeUp,
      share: (functions) => ({ codes: functions.map(({ code }) => code) }),
      tolerance: 0.02,
      note: 'Outcomes are the numbers of functions that remain; the rival hashes sets of tokens and is approximate.',
      contenders: [
        {
          name: 'dropNearDuplicates',
          prepare: (functions) => ({
            run: () => dropNearDuplicates(functions),
            outcome: ({ kept }: ReturnType<typeof dropNearDuplicates>) => [kept.length],
          }),
        },
        { name: 'MinHashLSH', module: 'minhash_lsh', package: 'datasketch' },
      ],
    }),
  ],
};
