import { existsSync } from 'node:fs';
import { encodeTexts, readSafetensors, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { createRunFolder, readAllJsonLines } from './run-folder.js';
import type { IndexedFunction } from './stages/index-functions.js';

export interface SearchHit {
  readonly score: number;
  readonly fn: IndexedFunction;
}

export interface SearchIndex {
  readonly size: number;
  /** The best functions for a question, highest cosine first; ties by position in the index. */
  search(
    question: string,
    options: { readonly top: number; readonly repository?: string },
  ): Promise<readonly SearchHit[]>;
}

/** Opens a finished run for questions. */
export const openSearchIndex = async (root: string): Promise<SearchIndex> => {
  const folder = createRunFolder(root);
  for (const file of ['model', 'indexVectors', 'indexFunctions'] as const) {
    if (!existsSync(folder.path(file))) {
      throw new Error(
        `--run: expected the folder of a finished run, received ${root}, which lacks ${folder.path(file)}`,
      );
    }
  }
  const [encoder, vectors, functions] = await Promise.all([
    SubtokenBagEncoder.load(folder.path('model')),
    readSafetensors(folder.path('indexVectors')),
    readAllJsonLines<IndexedFunction>(folder.path('indexFunctions')),
  ]);
  const { data } = vectors.tensors.get('functions')!;
  const { dimensions } = encoder;
  if (data.length !== functions.length * dimensions) {
    throw new Error(
      `${root}: the index holds ${data.length / dimensions} vectors for ${functions.length} functions; run the pipeline again`,
    );
  }
  return {
    size: functions.length,
    search: async (question, { top, repository }) => {
      const query = (await encodeTexts(encoder, [question], 'query')).data;
      const hits: { score: number; row: number }[] = [];
      functions.forEach((fn, row) => {
        if (repository !== undefined && fn.repository !== repository) return;
        let score = 0;
        for (let i = 0, at = row * dimensions; i < dimensions; i++) score += query[i]! * data[at + i]!;
        hits.push({ score, row });
      });
      hits.sort((a, b) => b.score - a.score || a.row - b.row);
      return hits.slice(0, top).map(({ score, row }) => ({ score, fn: functions[row]! }));
    },
  };
};
