import {
  type Encoder,
  SubtokenBagEncoder,
  type TokenizedTexts,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { createAdamW } from '../../src/training/adam-w.js';
import { localGradients } from '../../src/training/batch-gradients.js';
import { batchTokens } from '../../src/training/batch-tokens.js';
import { tensorModel } from '../../src/training/tensor-model.js';
import { checkedSettings } from '../../src/training/training-options.js';
import { trainingStep } from '../../src/training/training-step.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';
import { useBenchBackend } from '../runner/bench-backend.js';
import { type Prepared, type Suite, sizes, work } from '../runner/suite.js';

interface Batch {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  readonly pairs: {
    readonly query: Uint32Array;
    readonly document: Uint32Array;
    readonly similarity: Float32Array;
    readonly positive: Uint8Array;
  };
}

/** One step of the trainer, the loss read back, on a batch that is tokenized already. */
const oneStep = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  { queries, documents, pairs }: Batch,
): Promise<Prepared> => {
  const settings = checkedSettings({});
  const optimizer = createAdamW(encoder.variables, {
    weightDecay: settings.weightDecay,
    epsilon: settings.epsilon,
  });
  const model = tensorModel(encoder, optimizer, async () => localGradients(encoder, settings));
  const batch = {
    queries: Uint32Array.from(queries, (_, i) => i),
    documents: Uint32Array.from(documents, (_, i) => i),
    pairs,
  };
  const tokens = {
    queries: batchTokens(encoder, queries, 'query'),
    documents: batchTokens(encoder, documents, 'document'),
  };
  let step = 0;
  return {
    async run() {
      const input = { ...tokens, batches: [batch], step, epoch: 0, firstBatch: step, learningRate: 1e-4 };
      step++;
      await trainingStep(model, input, settings);
      // Weights that are read have been written: the last update may still be under way.
      await encoder.variables[0]!.data();
    },
    outcome: () => [],
  };
};

const NEGATIVES = 6;
/** So many queries with their documents, out of a dataset that gives the vocabulary. */
const bagBatch = (count: number) => {
  const data = syntheticPairs({ pairs: 2000, negatives: NEGATIVES, seed: 1 });
  const pairs = data.pairsOf(count);
  const used = [...new Set(Array.from(pairs.document))];
  const place = new Map(used.map((row, i) => [row, i]));
  const encoder = SubtokenBagEncoder.fit(data, { dropout: 0, projection: false });
  const batch: Batch = {
    queries: data.queries.slice(0, count),
    documents: used.map((row) => data.documents[row]!),
    pairs: {
      query: Uint32Array.from(pairs.query),
      document: Uint32Array.from(pairs.document, (row) => place.get(row)!),
      similarity: Float32Array.from(pairs.similarity),
      positive: Uint8Array.from(pairs.positive, Number),
    },
  };
  return { encoder, batch };
};

const TOKENS = 48;
/** Texts that are TOKENS long with the two special tokens. */
const transformerBatch = (count: number): Batch => {
  const words = Array.from({ length: 3000 }, (_, i) => `w${i.toString(36)}`);
  const text = (seed: number) =>
    Array.from({ length: TOKENS - 2 }, (_, i) => words[(i * 7919 + seed * 104729) % words.length]).join(' ');
  const rows = Array.from({ length: count }, (_, i) => i);
  return {
    queries: rows.map(text),
    documents: rows.map((i) => text(i + count)),
    pairs: {
      query: Uint32Array.from(rows),
      document: Uint32Array.from(rows),
      similarity: Float32Array.from(rows, (i) => 0.5 + i / 100),
      positive: new Uint8Array(count).fill(1),
    },
  };
};

const SHAPE = { layers: 2, hiddenSize: 128, heads: 4, maximumLength: TOKENS };
const NO_OUTCOME =
  'Weights are random on both sides, so only the work is the same: shapes, tokens, losses and optimizer.';

export const training: Suite = {
  room: 'training',
  works: [
    work({
      name: 'bag-step',
      title: `A training step of the subtoken bag: 384 dimensions, ${NEGATIVES} negatives per query, AdamW`,
      sizes: sizes([16, 64], (count) => `${count} queries`),
      async input(count) {
        await useBenchBackend();
        return bagBatch(count);
      },
      share({ encoder, batch }) {
        const bag = (texts: readonly string[], role: 'query' | 'document') => {
          const { terms, offsets, counts } = encoder.tokenize(texts, role);
          const last = encoder.vocabulary.terms.length;
          return {
            [`${role}Terms`]: Uint32Array.from(terms, (term) => Math.min(term, last)),
            [`${role}Offsets`]: Uint32Array.from(offsets).subarray(0, -1),
            [`${role}Counts`]: Float32Array.from(counts),
          };
        };
        const { query, document, similarity, positive } = batch.pairs;
        return {
          vocabulary: encoder.vocabulary.terms.length + 1,
          dimensions: encoder.dimensions,
          ...bag(batch.queries, 'query'),
          ...bag(batch.documents, 'document'),
          query,
          document,
          similarity,
          positive: Uint32Array.from(positive),
        };
      },
      tolerance: 0,
      note: NO_OUTCOME,
      contenders: [
        { name: 'trainOasis, a step', prepare: ({ encoder, batch }) => oneStep(encoder, batch) },
        { name: 'PyTorch', module: 'bag_step', package: 'torch' },
      ],
    }),
    work({
      name: 'transformer-step',
      title: `A training step of a transformer: 2 layers, 128 wide, ${TOKENS} tokens, AdamW`,
      sizes: sizes([8, 32], (count) => `${count} pairs`),
      input: transformerBatch,
      share: ({ queries }) => ({
        pairs: queries.length,
        tokens: TOKENS,
        config: JSON.stringify({
          model_type: 'bert',
          vocab_size: 8192,
          num_hidden_layers: SHAPE.layers,
          hidden_size: SHAPE.hiddenSize,
          num_attention_heads: SHAPE.heads,
          intermediate_size: 4 * SHAPE.hiddenSize,
          max_position_embeddings: TOKENS,
        }),
      }),
      tolerance: 0,
      note: NO_OUTCOME,
      contenders: [
        {
          name: 'trainOasis, a step',
          async prepare(batch) {
            await useBenchBackend();
            const texts = [...batch.queries, ...batch.documents];
            return oneStep(TransformerEncoder.random({ ...SHAPE, texts, seed: 1 }), batch);
          },
        },
        { name: 'BertModel', module: 'transformer_step', package: 'transformers' },
      ],
    }),
  ],
};
