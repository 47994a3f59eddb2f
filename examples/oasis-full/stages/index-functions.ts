import { encodeTexts, SubtokenBagEncoder, writeSafetensors } from 'oasis-embed/encoders';
import type { StoredFunction } from '../functions.js';
import { readAllJsonLines, writeJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

/** What a search result shows; row i of the index's vectors. */
export interface IndexedFunction {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly language: string;
  readonly qualifiedName: string;
  readonly signature: string;
  readonly summary: string | null;
}

export interface IndexSummary {
  readonly functions: number;
  readonly dimensions: number;
}

const shown = (fn: StoredFunction): IndexedFunction => ({
  id: fn.id,
  repository: fn.repository,
  path: fn.path,
  startLine: fn.startLine,
  endLine: fn.endLine,
  language: fn.language,
  qualifiedName: fn.qualifiedName,
  signature: fn.signature,
  summary: fn.summary,
});

/** Vectors of every function that the corpus keeps, documented or not, so that a search needs no other stage. */
export const indexStage = (
  context: StageContext,
  corpus: StageRecord,
  training: StageRecord,
): Stage<IndexSummary> => {
  const { folder, progress } = context;
  return {
    name: 'index',
    options: {},
    after: [corpus, training],
    outputs: [folder.path('indexVectors'), folder.path('indexFunctions')],
    run: async () => {
      const functions = await readAllJsonLines<StoredFunction>(folder.path('functions'));
      const encoder = await SubtokenBagEncoder.load(folder.path('model'));
      const codes = functions.map((fn) => fn.code);
      const data = new Float32Array(codes.length * encoder.dimensions);
      const batch = 1024;
      for (let start = 0; start < codes.length; start += batch) {
        const vectors = await encodeTexts(encoder, codes.slice(start, start + batch), 'document');
        data.set(vectors.data, start * encoder.dimensions);
        progress.update(Math.min(start + batch, codes.length), codes.length, 'functions encoded');
      }
      const { dimensions } = encoder;
      encoder.dispose();
      // The functions first: vectors without them would be of no use.
      await writeJsonLines(folder.path('indexFunctions'), functions.map(shown));
      await writeSafetensors(
        folder.path('indexVectors'),
        new Map([['functions', { shape: [codes.length, dimensions], data }]]),
      );
      progress.line(`${codes.length} functions can be searched`);
      return { functions: codes.length, dimensions };
    },
  };
};
