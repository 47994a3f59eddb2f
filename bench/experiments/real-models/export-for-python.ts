import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedTexts } from '../../../src/encoders/index.js';
import type { Plan } from './plan.js';
import type { RetrievalSet } from './retrieval-sets.js';
import type { TrainingPairs } from './training-pairs.js';

/** Vectors as raw float32, and everything else by their rows: what heads.py reads. */
export const exportForPython = async (
  folder: string,
  { validation, tests }: Pick<Plan, 'validation' | 'tests'>,
  { queries, documents }: { readonly queries: EmbeddedTexts; readonly documents: EmbeddedTexts },
  data: TrainingPairs,
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const queryRow = new Map([...queries.texts].map((text, i) => [text, i]));
  const documentRow = new Map([...documents.texts].map((text, i) => [text, i]));
  const setOf = (set: RetrievalSet) => ({
    queries: set.queries.map((text) => queryRow.get(text)!),
    documents: set.documents.map((text) => documentRow.get(text)!),
    relevant: { query: [...set.relevant.query], document: Array.from(set.relevant.document) },
  });
  const { query, document, similarity, positive } = data.pairs;
  const texts = {
    columns: queries.vectors.columns,
    pairs: {
      query: Array.from(query, (i) => queryRow.get(data.queries[i]!)!),
      document: Array.from(document, (i) => documentRow.get(data.documents[i]!)!),
      similarity: Array.from(similarity),
      positive: Array.from(positive, Number),
    },
    validation: setOf(validation),
    tests: Object.fromEntries([...tests].map(([name, set]) => [name, setOf(set)])),
  };
  await writeFile(join(folder, 'data.json'), JSON.stringify(texts));
  for (const [name, { vectors }] of [
    ['queries', queries],
    ['documents', documents],
  ] as const)
    await writeFile(
      join(folder, `${name}.f32`),
      new Uint8Array(vectors.data.buffer, vectors.data.byteOffset, vectors.data.byteLength),
    );
};
