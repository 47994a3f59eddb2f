import * as tf from '@tensorflow/tfjs';
import {
  cosentLoss,
  infoNceLoss,
  listNetLoss,
  matryoshkaLoss,
  oasisLoss,
  pairwiseAngle,
  pairwiseCosine,
} from 'oasis-embed/losses';
import { meanReciprocalRank, relevantRanks } from 'oasis-embed/metrics';
import type { CurvesFigureOptions } from 'oasis-embed/report';

const range = (from: number, to: number, steps: number): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);

const lossValue = (loss: () => tf.Scalar): number => {
  const scalar = loss();
  const [value] = scalar.dataSync();
  scalar.dispose();
  return value!;
};

/** The gradient of a loss with respect to scores. */
const gradientOf = (loss: (scores: tf.Tensor1D) => tf.Scalar, scores: readonly number[]): number[] => {
  const gradient = tf.grad((x) => loss(x as tf.Tensor1D))(tf.tensor1d([...scores]));
  return [...gradient.dataSync()];
};

/** InfoNCE of one query, by the cosines of its documents, the first of which is the positive. */
const infoNceOf = (cosines: tf.Tensor1D, options: Parameters<typeof infoNceLoss>[2] = {}): tf.Scalar =>
  infoNceLoss(tf.ones([1, 1]), tf.reshape(cosines, [-1, 1]) as tf.Tensor2D, {
    positives: [0],
    similarity: 'dot',
    ...options,
  });

const TEMPERATURES = [0.02, 0.05, 0.1];

const infoNceTemperature = (): CurvesFigureOptions => {
  const x = range(0, 1, 100);
  return {
    title: 'InfoNCE by the cosine of the positive, one negative at 0.5',
    xLabel: 'cosine of the positive',
    yLabel: 'InfoNCE',
    marker: { x: 0.5, label: 'the negative' },
    curves: TEMPERATURES.map((temperature) => ({
      name: `τ = ${temperature}`,
      x,
      y: x.map((cosine) => lossValue(() => infoNceOf(tf.tensor1d([cosine, 0.5]), { temperature }))),
    })),
  };
};

const infoNceHardness = (): CurvesFigureOptions => {
  // Eleven negatives at cosines 0 to 0.5, the positive at 0.6: who is pushed, and how hard?
  const negatives = range(0, 0.5, 10);
  return {
    title: 'The push of InfoNCE on each negative, by hardness',
    xLabel: 'cosine of the negative (positive at 0.6)',
    yLabel: 'gradient',
    curves: [0, 0.5, 1].map((hardnessWeighting) => ({
      name: `β = ${hardnessWeighting}`,
      x: negatives,
      y: gradientOf(
        (scores) => infoNceOf(scores, { hardnessWeighting, temperature: 0.1 }),
        [0.6, ...negatives],
      ).slice(1),
    })),
  };
};

const cosentPair = (): CurvesFigureOptions => {
  const x = range(-0.5, 0.5, 100);
  return {
    title: 'CoSENT of two pairs, by how far their scores are apart',
    xLabel: 'score of the less similar pair minus the other',
    yLabel: 'CoSENT',
    marker: { x: 0, label: 'equal' },
    curves: TEMPERATURES.map((temperature) => ({
      name: `τ = ${temperature}`,
      x,
      y: x.map((gap) => lossValue(() => cosentLoss(tf.tensor1d([gap, 0]), [0.1, 0.9], { temperature }))),
    })),
  };
};

const cosentNormalization = (): CurvesFigureOptions => {
  const sizes = [4, 8, 16, 32, 64, 128, 256, 512, 1024];
  const random = (count: number, seed: number) =>
    tf.randomUniform([count], 0, 0.2, 'float32', seed) as tf.Tensor1D;
  return {
    title: 'CoSENT of random scores, by the number of pairs',
    xLabel: 'log₂ P',
    yLabel: 'CoSENT',
    curves: (['none', 'pairs', 'mean'] as const).map((normalize) => ({
      name: normalize,
      x: sizes.map(Math.log2),
      y: sizes.map((size) => {
        const labels = [...random(size, 7).dataSync()];
        return lossValue(() => cosentLoss(random(size, 1), labels, { normalize }));
      }),
    })),
  };
};

const orderOfNegatives = (): CurvesFigureOptions => {
  // The paper's figure: a positive labeled 0.7 and negatives labeled 0.5, 0.3 and 0.1; a model that tells none apart.
  const labels = [0.7, 0.5, 0.3, 0.1];
  const scores = [0.5, 0.5, 0.5, 0.5];
  const movement = (gradient: readonly number[]) => gradient.map((value) => -value).reverse();
  const x = [...labels].reverse();
  return {
    title: 'Where each loss moves the four scores',
    xLabel: 'label of the pair (0.7 is the positive)',
    yLabel: 'pull (+) or push (−)',
    dots: true,
    curves: [
      { name: 'InfoNCE', x, y: movement(gradientOf((s) => infoNceOf(s), scores)) },
      { name: 'CoSENT', x, y: movement(gradientOf((s) => cosentLoss(s, labels), scores)) },
      {
        name: '½ InfoNCE + ½ CoSENT',
        x,
        y: movement(
          gradientOf((s) => {
            const pairs = {
              query: [0, 0, 0, 0],
              document: [0, 1, 2, 3],
              similarity: labels,
              positive: [1, 0, 0, 0],
            };
            const documents = tf.reshape(s, [-1, 1]) as tf.Tensor2D;
            const weights = { infoNce: 0.5, cosent: 0.5 };
            return oasisLoss(tf.ones([1, 1]), documents, pairs, { weights, infoNce: { similarity: 'dot' } })
              .loss;
          }, scores),
        ),
      },
    ],
  };
};

const angle = (): CurvesFigureOptions => {
  const degrees = range(0, 90, 90);
  const fixed = tf.tensor2d([[1, 0]]);
  const slope = (score: typeof pairwiseCosine) =>
    degrees.map((degree) => {
      const rotated = (theta: tf.Tensor) =>
        tf.reshape(tf.stack([tf.cos(theta), tf.sin(theta)]), [1, 2]) as tf.Tensor2D;
      const gradient = tf.grad((theta) => tf.sum(score(fixed, rotated(theta))))(
        tf.scalar((degree * Math.PI) / 180),
      );
      return Math.abs(gradient.dataSync()[0]!);
    });
  return {
    title: 'How strongly a score answers when the angle changes',
    xLabel: 'angle between the two vectors, in degrees',
    yLabel: '|change of the score|',
    curves: [
      { name: 'cosine', x: degrees, y: slope(pairwiseCosine) },
      { name: 'AnglE', x: degrees, y: slope(pairwiseAngle) },
    ],
  };
};

const listNet = (): CurvesFigureOptions => {
  const x = range(-0.5, 1, 100);
  const labels = [0.7, 0.4];
  const scores = (gap: number) => tf.tensor1d([gap, 0]);
  // Less its smallest value, so that both losses end at 0.
  const entropy = Math.min(
    ...x.map((gap) =>
      lossValue(() => listNetLoss(scores(gap), labels, { temperature: 0.2, labelTemperature: 0.2 })),
    ),
  );
  return {
    title: 'ListNet and CoSENT of two pairs labeled 0.7 and 0.4',
    xLabel: 'difference of the two scores',
    yLabel: 'loss above its minimum',
    curves: [
      {
        name: 'ListNet',
        x,
        y: x.map(
          (gap) =>
            lossValue(() => listNetLoss(scores(gap), labels, { temperature: 0.2, labelTemperature: 0.2 })) -
            entropy,
        ),
      },
      {
        name: 'CoSENT',
        x,
        y: x.map((gap) => lossValue(() => cosentLoss(scores(gap), labels, { temperature: 0.2 }))),
      },
    ],
  };
};

/** Trains free vectors for 64 queries and documents, and ranks by the first d of their 16 numbers. */
const matryoshka = (): CurvesFigureOptions => {
  const [count, width] = [64, 16];
  const widths = range(1, width, width - 1);
  const train = (dimensions: readonly number[]): number[] => {
    const rows = (seed: number) =>
      tf.variable(tf.randomNormal([count, width], 0, 1, 'float32', seed) as tf.Tensor2D);
    const [queries, documents] = [rows(1), rows(2)];
    const optimizer = tf.train.adam(0.05);
    for (let step = 0; step < 60; step++) {
      optimizer.minimize(() =>
        matryoshkaLoss((q, d) => infoNceLoss(q!, d!), [queries, documents], { dimensions: [...dimensions] }),
      );
    }
    return widths.map((d) => {
      const unitRows = (x: tf.Tensor2D) => {
        const head = tf.slice(x, [0, 0], [count, d]);
        return {
          data: tf.div(head, tf.norm(head, 2, 1, true)).dataSync<'float32'>(),
          rows: count,
          columns: d,
        };
      };
      const answers = Uint32Array.from({ length: count }, (_, i) => i);
      return meanReciprocalRank(relevantRanks(unitRows(queries), unitRows(documents), answers));
    });
  };
  return {
    title: 'Mean reciprocal rank by the first d of 16 dimensions',
    xLabel: 'dimensions used for ranking',
    yLabel: 'MRR',
    dots: true,
    curves: [
      { name: 'InfoNCE at 16', x: widths, y: train([width]) },
      { name: 'Matryoshka at 2, 4, 8, 16', x: widths, y: train([2, 4, 8, 16]) },
    ],
  };
};

/** The figures of docs/losses.md, by file name. */
export const lossFigures = (): Readonly<Record<string, CurvesFigureOptions>> => ({
  'info-nce-temperature': infoNceTemperature(),
  'info-nce-hardness': infoNceHardness(),
  'cosent-pair': cosentPair(),
  'cosent-normalization': cosentNormalization(),
  'order-of-negatives': orderOfNegatives(),
  angle: angle(),
  'list-net': listNet(),
  matryoshka: matryoshka(),
});
