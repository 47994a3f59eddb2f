import { embeddingMaps, type MapPanel, type ReportData, type SearchReport } from 'oasis-embed/report';
import type { RetrievalSet } from '../../evaluation/retrieval-set.js';
import type { TextModel } from '../../models/text-model.js';
import type { ModelEngine } from '../../options/model-engine.js';
import { openSearchIndex } from '../../search/search-index.js';

/** Pairs on the map: more would hide one another, and the layout costs the cube of their number. */
const MAP_PAIRS = 120;
/** Asked of every run, so that a reader sees what the model answers. */
const QUESTIONS = ['deep clone an object', 'parse a date from a string', 'remove duplicates from an array'];

/** Held-out pairs as points, before training and after it. */
export const mapOf = async (
  set: RetrievalSet,
  trained: TextModel,
  untrained: TextModel,
): Promise<NonNullable<ReportData['map']>> => {
  const count = Math.min(MAP_PAIRS, set.queries.length);
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * set.queries.length) / count));
  const queries = rows.map((row) => set.queries[row]!);
  // The first function of each.
  const places = rows.map((row) => set.relevant.query.indexOf(row));
  const functions = places.map((place) => set.functions[place]!);
  const codes = places.map((place) => set.documents[place]!);
  const snapshot = async (title: string, model: TextModel) => ({
    title,
    queries: await model.embed(queries, 'query'),
    codes: await model.embed(codes, 'document'),
  });
  const snapshots = [await snapshot('Before training', untrained), await snapshot('After training', trained)];
  const panelsBy = (method: string, refine: boolean): MapPanel[] =>
    embeddingMaps(snapshots, { refine }).map((panel) => ({ ...panel, method }));
  return {
    pairs: functions.map((fn, i) => ({ query: queries[i]!, code: fn.qualifiedName, group: fn.repository })),
    panels: [
      ...panelsBy('Classical scaling', false),
      ...panelsBy('Refined by stress majorisation (SMACOF)', true),
    ],
    method: 'multidimensional scaling of the cosine distances of held-out pairs',
  };
};

/** Answers of the run’s own index. */
export const searchesOf = async (
  root: string,
  engine: ModelEngine,
): Promise<NonNullable<ReportData['searches']>> => {
  const index = await openSearchIndex(root, { engine });
  const searches: SearchReport[] = [];
  for (const query of QUESTIONS) {
    const started = performance.now();
    const hits = await index.search(query, { top: 3 });
    const milliseconds = performance.now() - started;
    const results = hits.map(({ score, fn }) => ({
      name: fn.qualifiedName,
      repository: fn.repository,
      path: fn.path,
      line: fn.startLine,
      language: fn.language,
      code: fn.source,
      score,
    }));
    searches.push({ query, milliseconds, results });
  }
  await index.close();
  return searches;
};
