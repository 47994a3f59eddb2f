import {
  AdapterEncoder,
  encodeTexts,
  LsaEncoder,
  SubtokenBagEncoder,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';
import { useBenchBackend } from '../runner/bench-backend.js';
import { type Suite, sizes, work } from '../runner/suite.js';

const data = () => syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
const functions = sizes([200, null, 2000], (count) => `${count.toLocaleString('en')} functions`);
const withBackend = async (count: number) => {
  await useBenchBackend();
  const all = data();
  return { all, texts: all.documents.slice(0, count) };
};

const SHAPES = {
  'two layers, 128 wide': { layers: 2, hiddenSize: 128, heads: 4 },
  'six layers, 384 wide': { layers: 6, hiddenSize: 384, heads: 12 },
};
type Shape = keyof typeof SHAPES;
const TEXTS = 16;

export const encoders: Suite = {
  room: 'encoders',
  works: [
    work({
      name: 'bag-fit',
      title: 'Fitting the subtoken bag, 384 dimensions',
      sizes: [{ label: '2,000 pairs', value: 2000 }],
      input: withBackend,
      tolerance: 0,
      contenders: [
        {
          name: 'SubtokenBagEncoder.fit',
          prepare: ({ all }) => ({ run: () => SubtokenBagEncoder.fit(all).dispose(), outcome: () => [] }),
        },
      ],
    }),
    work({
      name: 'bag-encode',
      title: 'Encoding with the subtoken bag, 384 dimensions',
      sizes: functions,
      input: withBackend,
      tolerance: 0,
      contenders: [
        {
          name: 'encodeTexts',
          prepare({ all, texts }) {
            const encoder = SubtokenBagEncoder.fit(all);
            return { run: () => encodeTexts(encoder, texts, 'document'), outcome: () => [texts.length] };
          },
        },
      ],
    }),
    work({
      name: 'lsa-fit',
      title: 'Fitting LSA to 64 dimensions',
      sizes: functions,
      input: (count) => data().documents.slice(0, count),
      tolerance: 0,
      contenders: [
        {
          name: 'LsaEncoder.fit',
          prepare: (texts) => ({ run: () => LsaEncoder.fit(texts, { dimensions: 64 }), outcome: () => [] }),
        },
      ],
    }),
    work({
      name: 'transformer-encode',
      title: `Encoding ${TEXTS} functions with a transformer of random weights`,
      sizes: Object.keys(SHAPES).map((label, at) => ({
        label,
        value: label as Shape,
        ...(at > 0 ? { slow: true as const } : {}),
      })),
      async input(shape) {
        const { all, texts } = await withBackend(TEXTS);
        return {
          encoder: TransformerEncoder.random({ texts: all.documents, frozenLayers: 'all', ...SHAPES[shape] }),
          texts,
        };
      },
      share({ encoder, texts }) {
        const { ids } = encoder.tokenize(texts, 'document');
        const { layers, width, embeddings } = encoder.model.transformer;
        return {
          ids: Uint32Array.from(ids),
          texts: texts.length,
          layers: layers.length,
          width,
          heads: layers[0]!.attention.heads,
          vocabulary: embeddings.words.rows,
        };
      },
      tolerance: 0,
      note: 'Both sides have random weights of the same shapes and encode the same number of tokens. Outcomes are the numbers of rows and columns.',
      contenders: [
        {
          name: 'TransformerEncoder.embed',
          prepare: ({ encoder, texts }) => ({
            run: () => encoder.embed(texts),
            outcome: ({ rows, columns }: { rows: number; columns: number }) => [rows, columns],
          }),
        },
        { name: 'BertModel', module: 'transformer_encode', package: 'transformers' },
      ],
    }),
    work({
      name: 'tokenize',
      title: 'Tokenizing into word pieces',
      sizes: functions,
      input: async (count) => {
        const { all, texts } = await withBackend(count);
        return {
          texts,
          encoder: TransformerEncoder.random({ texts: all.documents, layers: 1, hiddenSize: 32 }),
        };
      },
      tolerance: 0,
      contenders: [
        {
          name: 'TransformerEncoder.tokenize',
          prepare: ({ encoder, texts }) => ({
            run: () => encoder.tokenize(texts, 'document'),
            outcome: () => [texts.length],
          }),
        },
      ],
    }),
    work({
      name: 'adapter',
      title: 'Adapting vectors of 1,536 dimensions',
      sizes: [{ label: '1,000 vectors', value: 1000 }],
      async input(rows) {
        const { texts } = await withBackend(rows);
        const vectors = {
          data: Float32Array.from({ length: rows * 1536 }, (_, i) => Math.sin(i)),
          rows,
          columns: 1536,
        };
        const embedded = { texts, vectors };
        return { vectors, encoder: AdapterEncoder.create({ queries: embedded, documents: embedded }) };
      },
      tolerance: 0,
      contenders: [
        {
          name: 'AdapterEncoder.adapt',
          prepare: ({ encoder, vectors }) => ({
            run: () => encoder.adapt(vectors, 'document'),
            outcome: () => [vectors.rows],
          }),
        },
      ],
    }),
  ],
};
