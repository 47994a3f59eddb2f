import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosentEmbeddingLoss,
  type Direction,
  infoNceLoss,
  klDivergenceLoss,
  marginMseLoss,
  matryoshkaLoss,
  pairwiseCosine,
} from '../../src/losses/index.js';
import { useBackend } from '../support/backends.js';
import { type Evaluated, evaluate, worstDifference } from '../support/evaluate.js';

const python = process.env.OASIS_PYTHON ?? 'python3';
const seed = process.env.OASIS_SEED ?? '20260301';
const count = process.env.OASIS_CASES ?? '4000';

/** One line of peers.py. */
interface PeerCase {
  readonly kind: string;
  readonly columns: number[][][];
  readonly guides?: number[][][];
  readonly labels?: number[] | number[][];
  readonly queryLabels?: number[];
  readonly referenceLabels?: number[];
  // biome-ignore lint/suspicious/noExplicitAny: as the other library names and types them
  readonly options: Readonly<Record<string, any>>;
  readonly value: number;
  readonly gradients: number[][][];
}

type Loss = (c: PeerCase, columns: readonly tf.Tensor2D[]) => tf.Scalar;

const DIRECTION: Readonly<Record<string, Direction>> = {
  query_to_doc: 'queryToDocument',
  query_to_query: 'queryToQuery',
  doc_to_query: 'documentToQuery',
  doc_to_doc: 'documentToDocument',
};
const MODE = {
  in_batch_negatives: 'inBatchNegatives',
  hard_negatives: 'hardNegatives',
  all_negatives: 'allNegatives',
} as const;

const documentsOf = (columns: readonly tf.Tensor2D[]) => tf.concat2d(columns.slice(1) as tf.Tensor2D[], 0);

/** Column c of row i is a hard negative of query i, from the second document on. */
const hardNegatives = (columns: readonly tf.Tensor2D[]) => {
  const batch = columns[0]!.shape[0];
  const rows = Array.from({ length: batch * (columns.length - 2) }, (_, i) => i);
  return { query: rows.map((i) => i % batch), document: rows.map((i) => batch + i) };
};

const ranking: Loss = ({ options }, columns) =>
  infoNceLoss(columns[0]!, documentsOf(columns), {
    temperature: 1 / options.scale,
    directions: options.directions.map((name: string) => DIRECTION[name]),
    partition: options.partition_mode === 'joint' ? 'jointRepeated' : 'anchor',
    negatives: hardNegatives(columns),
    ...(options.hardness_mode === null
      ? {}
      : {
          hardnessPenalty: options.hardness_strength,
          hardnessMode: MODE[options.hardness_mode as keyof typeof MODE],
        }),
  });

const gist: Loss = ({ options, guides }, columns) => {
  const guide = guides!.map((rows) => tf.tensor2d(rows));
  return infoNceLoss(columns[0]!, documentsOf(columns), {
    temperature: options.temperature,
    partition: 'joint',
    directions: [
      'queryToDocument',
      ...(options.contrast_anchors ? ['queryToQuery' as const] : []),
      ...(options.contrast_positives ? ['positiveToPositive' as const] : []),
    ],
    guide: {
      queries: guide[0]!,
      documents: documentsOf(guide),
      margin: options.margin,
      marginType: options.margin_strategy,
    },
  });
};

/** Scores and labels of every candidate of every query, query by query. */
const candidates = ({ labels, options }: PeerCase, columns: readonly tf.Tensor2D[]) => {
  const [queries, ...documents] = columns as [tf.Tensor2D, ...tf.Tensor2D[]];
  const scoreOf = (document: tf.Tensor2D) =>
    options.similarity === 'cosine'
      ? pairwiseCosine(queries, document)
      : (tf.sum(tf.mul(queries, document), 1) as tf.Tensor1D);
  const scores = tf.reshape(tf.stack(documents.map(scoreOf), 1), [-1]) as tf.Tensor1D;
  const rows = labels as number[][];
  return {
    scores,
    labels: rows.flat(),
    groups: rows.flatMap((row, i) => row.map(() => i)),
    positive: rows.flatMap((row) => row.map((_, j) => j === 0)),
  };
};

const lossOf: Readonly<Record<string, Loss>> = {
  ranking,
  gist,
  matryoshka: ({ options }, columns) =>
    matryoshkaLoss((...sides) => infoNceLoss(sides[0]!, documentsOf(sides)), columns, {
      dimensions: options.dimensions,
      weights: options.weights,
    }),
  cosent: ({ options, labels }, [left, right]) =>
    cosentEmbeddingLoss(left!, right!, labels as number[], {
      temperature: 1 / options.scale,
      score: options.kind === 'AnglELoss' ? 'angle' : 'cosine',
    }),
  margin_mse: (c, columns) => {
    const { scores, labels, ...options } = candidates(c, columns);
    return marginMseLoss(scores, labels, options);
  },
  kl_divergence: (c, columns) => {
    const { scores, labels, groups } = candidates(c, columns);
    return klDivergenceLoss(scores, labels, {
      groups,
      temperature: c.options.student_temperature,
      labelTemperature: c.options.teacher_temperature,
    });
  },
  metric_learning: ({ options, queryLabels, referenceLabels }, [queries, references]) => {
    const pairs = queryLabels!.flatMap((label, i) =>
      referenceLabels!.flatMap((other, j) => (label === other ? [[i, j] as const] : [])),
    );
    return infoNceLoss(queries!, references!, {
      positives: { query: pairs.map(([i]) => i), document: pairs.map(([, j]) => j) },
      temperature: options.temperature,
      multiplePositives: options.kind === 'supcon' ? 'outside' : 'separate',
    });
  },
};

/** How far a case is off: values, and gradients beside the largest of them. */
const distance = ({ value, gradients }: PeerCase, actual: Evaluated): number => {
  const flat = gradients.map((gradient) => gradient.flat());
  const largest = Math.max(1, ...flat.flat().map(Math.abs));
  return Math.max(
    worstDifference([actual.value], [value]),
    ...flat.map((gradient, i) =>
      Math.max(0, ...gradient.map((g, k) => Math.abs(actual.gradients[i]![k]! - g) / largest)),
    ),
  );
};

describe('losses beside sentence-transformers and pytorch-metric-learning, in float64', () => {
  let cases: PeerCase[] = [];
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      python,
      [join(import.meta.dirname, 'peers.py'), seed, count],
      { maxBuffer: 2 ** 30 },
    );
    cases = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PeerCase);
  }, 600_000);

  it('all cases came, of all kinds, and most of them move', () => {
    expect(cases.length).toBe(Number(count));
    expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(Object.keys(lossOf)));
    const moving = cases.filter(({ gradients }) => gradients.flat(2).some((g) => Math.abs(g) > 1e-3));
    expect(moving.length).toBeGreaterThan(cases.length * 0.8);
  });

  it.each(['cpu', 'wasm'])('values and gradients agree within 1e-4 on %s', async (backend) => {
    await useBackend(backend);
    const off: string[] = [];
    for (const [number, one] of cases.entries()) {
      const actual = await evaluate(
        (...columns) => tf.tidy(() => lossOf[one.kind]!(one, columns as tf.Tensor2D[])),
        one.columns,
      );
      const far = distance(one, actual);
      if (!(far <= 1e-4)) {
        off.push(
          `case ${number}, ${one.kind} ${JSON.stringify(one.options)}: ${far}, ${actual.value} for ${one.value}`,
        );
      }
    }
    expect(off).toEqual([]);
  });
});
