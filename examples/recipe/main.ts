/**
 * The OASIS recipe on one page: from the source of three packages to a trained code-search model.
 *
 *   analyze → sample → label → mixture → suspects → judge → train → rank
 *
 * Run it with `npm run recipe`: no GPU, no key, no network, less than a minute. Each step calls public functions of
 * `oasis-embed`. Where a larger project would ask a model, a comment says so.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { labelSimilarities } from 'oasis-embed/annotation';
import { type FlatTree, flattenTree } from 'oasis-embed/ast';
import { analyzeRepository } from 'oasis-embed/corpus';
import { encodeTexts, LsaEncoder, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { meanReciprocalRank, nearestDocuments, recallAtK, relevantRanks } from 'oasis-embed/metrics';
import { fitGaussianMixture, intersectionThreshold } from 'oasis-embed/mixture';
import { cloneJudge, findSuspects, judgeSuspects, raiseSimilarities } from 'oasis-embed/refinement';
import { sampleInRepoNegatives } from 'oasis-embed/sampling';
import { loadLanguage } from 'oasis-embed/syntax';
import { selectBackend, trainOasis } from 'oasis-embed/training';

const seed = 1;
const trainingPackages = ['date-fns', 'luxon'];
const testPackage = 'lodash';

// 1. Analyze: the functions of each package whose authors wrote a doc comment. The summary of that comment is the
// query, the code without comments is the document. (The paper has a language model write the docstrings:
// `writeDocstrings` of oasis-embed/annotation.)
const rootOf = (name: string) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

const readPackage = async (name: string) => {
  const { functions } = await analyzeRepository(rootOf(name), { repository: name, filters: 'CodeSearchNet' });
  // A text that occurs twice would be its own false negative, so only the first function with a query or code stays.
  const seen = new Set<string>();
  const rows = functions.map((fn) => ({ ...fn, query: fn.summary!.replace(/\s+/g, ' ') }));
  return rows.filter(({ query, code }) => {
    const isNew = !seen.has(query) && !seen.has(code);
    seen.add(query).add(code);
    return isNew;
  });
};

const functions = (await Promise.all(trainingPackages.map(readPackage))).flat();
const heldOut = await readPackage(testPackage);
const queries = functions.map(({ query }) => query);
const documents = functions.map(({ code }) => code);
console.log(`1. analyze   ${functions.length} functions to train on, ${heldOut.length} to test on`);

// 2. Sample: for each function K others of the same package, as negatives. Each function is also its own positive.
const negatives = sampleInRepoNegatives(functions, { k: 7, seed });
const rows = functions.map((_, row) => row);
const query = Uint32Array.from([...rows, ...negatives.query]);
const document = Uint32Array.from([...rows, ...negatives.document]);
const positive = Uint8Array.from(query, (_, pair) => (pair < rows.length ? 1 : 0));
console.log(`2. sample    ${rows.length} positive and ${negatives.query.length} negative pairs`);

// 3. Label: a similarity in [0, 1) for each pair. Latent semantic analysis stands in for the embedding model of the
// paper; any `Embedder` fits here, such as `openAiCompatible(…).embedder`.
const lsa = LsaEncoder.fit([...queries, ...documents], { dimensions: 128, seed });
const similarity = await labelSimilarities(lsa, queries, documents, { query, document }, { map: 'affine' });
const pairs = { query, document, similarity, positive };
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ofNegatives = similarity.subarray(rows.length);
console.log(
  `3. label     mean similarity ${mean(similarity.subarray(0, rows.length)).toFixed(3)} of positives, ` +
    `${mean(ofNegatives).toFixed(3)} of negatives`,
);

// 4. Mixture: most negatives are unrelated to the query, some are close to it. Two normal distributions are fitted to
// their similarities; s* is where the two weighted densities meet.
const threshold = intersectionThreshold(fitGaussianMixture(ofNegatives, { components: 2 }));
if (threshold.kind === 'degenerate') throw new Error(`no threshold: ${threshold.detail}`);
console.log(`4. mixture   s* = ${threshold.value.toFixed(3)}`);

// 5. Suspects: negatives whose similarity is above s* or above that of their positive, or whose tree is nearly the same.
const trees: (FlatTree | null)[] = [];
for (const { code, language } of functions) {
  const parser = await loadLanguage(language);
  trees.push(parser.withSnippet(code, (cursor, { hasError }) => (hasError ? null : flattenTree(cursor))));
}
const suspects = findSuspects(pairs, { threshold: threshold.value, trees, treeRatio: 0.2 });
const { threshold: above, aboveOwnPositive, tree } = suspects.statistics.byRule;
console.log(
  `5. suspects  ${suspects.pair.length}: ${above} above s*, ${aboveOwnPositive} above their positive, ${tree} by tree`,
);

// 6. Judge: which suspects answer the query after all? Their similarity rises by Δs. This judge needs no model: it
// accepts code that equals the positive up to renaming (`chatJudge` asks a model).
const languages = functions.map(({ language }) => language);
const verdicts = await judgeSuspects(suspects, cloneJudge(), { pairs, queries, documents, languages });
const refined = raiseSimilarities(pairs, verdicts, { deltaS: 0.05 });
console.log(`6. judge     labels raised: ${refined.changes.length}`);

// 7. Train: L = w1 · InfoNCE + w2 · CoSENT on a small encoder. Any `Encoder` fits here, such as
// `await TransformerEncoder.load(folder)`.
await selectBackend('wasm'); // `auto` takes a GPU or the native TensorFlow where there is one
const encoder = SubtokenBagEncoder.fit({ queries, documents }, { dimensions: 256 });

const rank = async () => {
  const vectors = await encodeTexts(
    encoder,
    heldOut.map(({ query }) => query),
    'query',
  );
  const codes = await encodeTexts(
    encoder,
    heldOut.map(({ code }) => code),
    'document',
  );
  // Query i is answered by document i.
  const ranks = relevantRanks(vectors, codes, Uint32Array.from(heldOut.keys()));
  const mrr = meanReciprocalRank(ranks, { cutoff: 1000 });
  return `MRR@1000 ${(100 * mrr).toFixed(1)}, Recall@5 ${(100 * recallAtK(ranks, 5)).toFixed(1)}`;
};

const untrained = await rank();
const dataset = { queries, documents, pairs: { ...pairs, similarity: refined.similarity } };
const run = await trainOasis(encoder, dataset, {
  weights: { infoNce: 0.98, cosent: 0.3 },
  epochs: 3,
  negativesPerQuery: 4,
  seed,
});
const [first, last] = [run.steps[0]!, run.steps.at(-1)!];
console.log(
  `7. train     ${run.steps.length} steps: InfoNCE ${first.infoNce.toFixed(2)} → ${last.infoNce.toFixed(2)}, ` +
    `CoSENT ${first.cosent.toFixed(2)} → ${last.cosent.toFixed(2)}`,
);

// 8. Rank: each query of the test package, which the model has never seen, against all its functions. So few functions
// teach little; the default run of examples/oasis-full reads 18 packages.
console.log(`8. rank      untrained: ${untrained}`);
console.log(`             trained:   ${await rank()}`);

const question = 'run a function at most once per interval';
const codes = await encodeTexts(
  encoder,
  heldOut.map(({ code }) => code),
  'document',
);
const [hits] = nearestDocuments(await encodeTexts(encoder, [question], 'query'), codes, 3);
console.log(`\n"${question}"`);
for (const document of hits!.documents) {
  const { name, path, startLine, query } = heldOut[document]!;
  console.log(`  ${name} (${testPackage}/${path}:${startLine}): ${query}`);
}
