import type { TextEncoder } from '../../../src/benchmarks/index.js';
import { evaluateTask, type RetrievalTask } from '../../../src/benchmarks/index.js';
import { perQueryMeasure, relevantRanks } from '../../../src/metrics/index.js';
import { OnnxEncoder } from '../../../src/onnx/index.js';
import { type GeneralSet, generalScore } from './general-set.js';
import type { RetrievalSet } from './retrieval-sets.js';

/** Programs are read whole, as far as the model reads. */
const PROGRAM_LENGTH = 256;

/** What an encoder is measured on, by the name of its table. */
export type EncoderSet =
  | { readonly kind: 'retrieval'; readonly set: RetrievalSet }
  | { readonly kind: 'code'; readonly task: RetrievalTask }
  | { readonly kind: 'general'; readonly set: GeneralSet };

/** The measure of each query; of a general set the one correlation. */
export const measureEncoder = async (
  folder: string,
  measured: EncoderSet,
  maximumLength: number,
): Promise<readonly number[]> => {
  const length = measured.kind === 'code' ? PROGRAM_LENGTH : maximumLength;
  const encoder = await OnnxEncoder.load(folder, { maximumLength: length, threads: 1 });
  try {
    if (measured.kind === 'code') {
      const coder: TextEncoder = {
        embedQueries: (texts) => encoder.embed(texts, { role: 'query' }),
        embedDocuments: (texts) => encoder.embed(texts, { role: 'document' }),
      };
      return [...(await evaluateTask(measured.task, coder)).perQuery];
    }
    if (measured.kind === 'general') {
      const { first, second } = measured.set;
      return [
        generalScore(
          await encoder.embed(first, { role: 'query' }),
          await encoder.embed(second, { role: 'query' }),
          measured.set,
        ),
      ];
    }
    const { queries, documents, relevant } = measured.set;
    const ranks = relevantRanks(
      await encoder.embed(queries, { role: 'query' }),
      await encoder.embed(documents, { role: 'document' }),
      relevant,
    );
    return [...perQueryMeasure(ranks, 'mrr@1000')];
  } finally {
    await encoder.close();
  }
};
