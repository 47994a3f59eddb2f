import { publishedFiles } from '../../../examples/oasis-full/pipeline/recipe/published-dataset.js';
import { openTrainingData } from '../../../examples/oasis-full/pipeline/recipe/training-data.js';
import { createRunFolder } from '../../../examples/oasis-full/store/run-folder.js';
import { createRandom, shuffleInPlace } from '../../../src/numerics/index.js';
import type { OasisDataset } from '../../../src/training/index.js';

/** A dataset whose texts are in memory. */
export interface TrainingPairs extends OasisDataset {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
}

/**
 * The labeled pairs of a run among a random share of its functions: docstrings of these, their positives, and those of their negatives
 * that are among them.
 */
export const trainingPairs = async (
  run: string,
  functions: number,
  scratch: string,
): Promise<TrainingPairs> => {
  const data = await openTrainingData({ dataset: publishedFiles(createRunFolder(run)), directory: scratch });
  try {
    const documents = [...data.documents];
    const queries = [...data.queries];
    const order = shuffleInPlace(Uint32Array.from(documents.keys()), createRandom(0, 'training functions'));
    const documentAt = new Map(
      [...order.subarray(0, functions)].sort((a, b) => a - b).map((old, at) => [old, at]),
    );
    const { query, document, positive, similarity } = data.pairs;
    const queryAt = new Map<number, number>();
    for (let pair = 0; pair < query.length; pair++)
      if (positive[pair] === 1 && documentAt.has(document[pair]!) && !queryAt.has(query[pair]!))
        queryAt.set(query[pair]!, queryAt.size);
    const kept = Array.from({ length: query.length }, (_, i) => i).filter(
      (i) => documentAt.has(document[i]!) && queryAt.has(query[i]!),
    );
    return {
      queries: [...queryAt.keys()].map((i) => queries[i]!),
      documents: [...documentAt.keys()].map((i) => documents[i]!),
      pairs: {
        query: Uint32Array.from(kept, (i) => queryAt.get(query[i]!)!),
        document: Uint32Array.from(kept, (i) => documentAt.get(document[i]!)!),
        positive: Uint8Array.from(kept, (i) => Number(positive[i]!)),
        similarity: Float32Array.from(kept, (i) => similarity[i]!),
      },
    };
  } finally {
    await data.close();
  }
};

/** The pairs of a random share of the docstrings; texts stay as they are. */
export const someDocstrings = (data: TrainingPairs, limit: number): TrainingPairs => {
  if (data.queries.length <= limit) return data;
  const order = shuffleInPlace(Uint32Array.from(data.queries.keys()), createRandom(0, 'training docstrings'));
  const taken = new Set(order.subarray(0, limit));
  const { query, document, positive, similarity } = data.pairs;
  const kept = Array.from({ length: query.length }, (_, i) => i).filter((i) => taken.has(query[i]!));
  return {
    ...data,
    pairs: {
      query: Uint32Array.from(kept, (i) => query[i]!),
      document: Uint32Array.from(kept, (i) => document[i]!),
      positive: Uint8Array.from(kept, (i) => Number(positive[i]!)),
      similarity: Float32Array.from(kept, (i) => similarity[i]!),
    },
  };
};
