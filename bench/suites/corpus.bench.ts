import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bench, describe } from 'vitest';
import {
  analyzeRepository,
  type CodeFunction,
  createAnalysisCache,
  dropNearDuplicates,
  filterFunctions,
  summarizeDoc,
} from '../../src/corpus/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { loadLanguage } from '../../src/syntax/index.js';

// Sources that are there wherever the bench runs: this package's own and those of a dependency.
const roots = ['../../src', '../../node_modules/ml-matrix/src'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const repositories = await Promise.all(roots.map((root) => analyzeRepository(root, { keepGenerated: true })));
const cache = createAnalysisCache();
for (const root of roots) await analyzeRepository(root, { keepGenerated: true, cache });
const functions = repositories.flatMap((repository) => repository.functions);
const megabytes = repositories.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
const texts = repositories.flatMap(({ functions: found }, at) =>
  [...new Set(found.map(({ path, language }) => `${language}\n${roots[at]}/${path}`))].map((key) => {
    const [language, path] = key.split('\n') as ['javascript' | 'typescript', string];
    return { language, text: readFileSync(path, 'utf8') };
  }),
);
const parsers = {
  javascript: await loadLanguage('javascript'),
  typescript: await loadLanguage('typescript'),
};

describe(`extraction of ${functions.length} functions, ${megabytes.toFixed(1)} MB`, () => {
  bench('a plain web-tree-sitter parse: the floor', () => {
    for (const { language, text } of texts) parsers[language].withTree(text, () => 0);
  });
  bench('parse and read into arrays', () => {
    for (const { language, text } of texts) parsers[language].read(text);
  });
  bench('analyzeRepository: functions, docs and call graph', async () => {
    for (const root of roots) await analyzeRepository(root, { keepGenerated: true });
  });
  bench('analyzeRepository again, nothing changed, with a cache', async () => {
    for (const root of roots) await analyzeRepository(root, { keepGenerated: true, cache });
  });
});

describe('docs and filters', () => {
  const docs = functions.flatMap(({ doc }) => (doc === null ? [] : [doc]));
  bench(`summarizeDoc, ${docs.length} docs`, () => {
    for (const doc of docs) summarizeDoc(doc);
  });
  bench(`filterFunctions, ${functions.length} functions`, () => {
    filterFunctions(functions);
  });
});

describe('near-duplicates', () => {
  const random = createRandom(1, 'near-duplicates');
  const token = () => `name${Math.floor(300_000 * random.uniform() ** 5)}`;
  for (const count of [1000, 4000, 16_000]) {
    const many = Array.from({ length: count }, (_, at) => {
      const code = Array.from({ length: 20 + random.below(80) }, token).join(' ');
      return { id: String(at), code } as CodeFunction;
    });
    bench(
      `dropNearDuplicates, ${count} functions of 20 to 100 tokens`,
      () => {
        dropNearDuplicates(many);
      },
      { iterations: 2, warmupIterations: 0, time: 0, warmupTime: 0 },
    );
  }
});
