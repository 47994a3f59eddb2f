/**
 * MRR@1000 of models on repositories that none of them was trained on, by language, and on CoSQA's test questions.
 *
 *   npx tsx bench/experiments/general-model/measure.ts MODEL... --repositories FOLDER,FOLDER,… [--cosqa FOLDER]
 *
 * Each documented function's summary asks for its code among all documented functions of its language. Differences are those of the
 * first model and each other one, with paired 95% bootstrap intervals over questions.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { Bm25Index } from 'oasis-embed/benchmarks';
import { analyzeRepository, dropReason } from 'oasis-embed/corpus';
import { bootstrapInterval, perQueryMeasure, relevantRanks, relevantRanksBy } from 'oasis-embed/metrics';
import { subtokens } from 'oasis-embed/syntax';
import { selectBackend } from 'oasis-embed/training';
import { loadTextModel } from '../../../examples/oasis-full/models/text-model.js';
import { cosqaSet, type RetrievalSet } from '../real-models/retrieval-sets.js';

const { values, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    repositories: { type: 'string', default: '' },
    cosqa: { type: 'string' },
  },
});
if (models.length === 0) throw new Error('expected the folders of models');

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (values: Float64Array): string => (100 * mean(values)).toFixed(2);

const sets = new Map<string, { queries: string[]; documents: string[] }>();
for (const root of values.repositories.split(',').filter((path) => path !== '')) {
  const { functions } = await analyzeRepository(root, { repository: basename(root) });
  for (const fn of functions) {
    if (dropReason(fn) !== null) continue;
    const set = sets.get(fn.language) ?? { queries: [], documents: [] };
    sets.set(fn.language, set);
    set.queries.push(fn.summary!);
    set.documents.push(fn.code);
  }
}
const tests = new Map<string, RetrievalSet>();
for (const [language, { queries, documents }] of [...sets].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const texts = [...new Set(queries)];
  const rows = new Map(texts.map((text, row) => [text, row]));
  const query = Uint32Array.from(queries, (text) => rows.get(text)!);
  tests.set(language, {
    queries: texts,
    documents,
    relevant: { query, document: Uint32Array.from(query.keys()) },
  });
}
if (values.cosqa !== undefined) tests.set('CoSQA', await cosqaSet(values.cosqa));

await selectBackend('wasm');
/** Values of each question, by test and system. */
const results = new Map([...tests].map(([test]) => [test, new Map<string, Float64Array>()]));
for (const [test, { queries, documents, relevant }] of tests) {
  const index = new Bm25Index(documents.map((text) => subtokens(text)));
  const size = { queries: queries.length, documents: documents.length };
  const ranks = relevantRanksBy((q, out) => index.scores(subtokens(queries[q]!), out), size, relevant);
  results.get(test)!.set('BM25', perQueryMeasure(ranks, 'mrr@1000'));
}
for (const folder of models) {
  const model = await loadTextModel(folder);
  for (const [test, { queries, documents, relevant }] of tests) {
    const asked = await model.embed(queries, 'query');
    const ranks = relevantRanks(asked, await model.embed(documents, 'document'), relevant);
    results.get(test)!.set(folder, perQueryMeasure(ranks, 'mrr@1000'));
    if (test === 'CoSQA')
      console.error(`${folder}: NDCG@10 on CoSQA ${percent(perQueryMeasure(ranks, 'ndcg@10'))}`);
  }
  await model.close();
}

const others = ['BM25', ...models.slice(1)];
const table = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const heads = ['', 'Questions', 'Candidates', models[0]!, ...others.flatMap((name) => [name, 'difference'])];
table(heads);
table(heads.map(() => '---'));
for (const [test, bySystem] of results) {
  const own = bySystem.get(models[0]!)!;
  const cells = others.flatMap((name) => {
    const theirs = bySystem.get(name)!;
    const { low, high } = bootstrapInterval(own.map((value, q) => value - theirs[q]!));
    const difference = 100 * (mean(own) - mean(theirs));
    return [
      percent(theirs),
      `${difference.toFixed(2)} [${(100 * low).toFixed(2)}, ${(100 * high).toFixed(2)}]`,
    ];
  });
  const { queries, documents } = tests.get(test)!;
  table([test, queries.length, documents.length, percent(own), ...cells]);
}
