import type { RepositorySource } from '../../corpus/default-corpus.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import { loadTextModel } from '../../models/text-model.js';
import { indexedFunction, modelFingerprint } from '../../search/index-format.js';
import { createIndexWriter } from '../../search/index-writer.js';
import { readJsonLines } from '../../store/json-lines.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';
import type { CorpusSummary } from './corpus.js';

export interface IndexSummary {
  readonly functions: number;
  readonly dimensions: number;
}

const BATCH = 1024;

/** Vectors of every function that the corpus keeps, documented or not, so that a search needs no other stage. */
export const indexStage = (
  context: StageContext,
  repositories: readonly RepositorySource[],
  corpus: StageRecord<CorpusSummary>,
  training: StageRecord,
): Stage<IndexSummary> => {
  const { folder, progress, options } = context;
  return {
    name: 'index',
    options: { roots: repositories.map(({ root }) => root) },
    after: [corpus, training],
    outputs: (['indexManifest', 'indexVectors', 'indexQuantized', 'indexFunctions'] as const).map((file) =>
      folder.path(file),
    ),
    run: async () => {
      const model = await loadTextModel(folder.path('model'), { engine: options.models.engine });
      const { dimensions } = model;
      const writer = await createIndexWriter(folder, {
        dimensions,
        model: modelFingerprint(folder.path('model')),
        roots: new Map(repositories.map(({ name, root }) => [name, root])),
      });
      try {
        let done = 0;
        let batch: StoredFunction[] = [];
        const flush = async () => {
          const vectors = await model.embed(
            batch.map((fn) => fn.code),
            'document',
          );
          await writer.add(batch.map(indexedFunction), vectors.data);
          done += batch.length;
          batch = [];
          progress.update(done, corpus.summary.kept, 'functions encoded');
        };
        for await (const fn of readJsonLines<StoredFunction>(folder.path('functions'))) {
          batch.push(fn);
          if (batch.length === BATCH) await flush();
        }
        if (batch.length > 0) await flush();
        const { functions } = await writer.finish();
        progress.line(`${functions} functions can be searched`);
        return { functions, dimensions };
      } catch (error) {
        await writer.abort();
        throw error;
      } finally {
        await model.close();
      }
    },
  };
};
