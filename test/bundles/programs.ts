/** What a page runs of each entry that needs no disk, as a module that leaves its output at `globalThis.output`. */
const programs: Readonly<Record<string, string>> = {
  '.': `
    import { meanReciprocalRank, treeEditDistance, flattenObject } from 'oasis-embed';
    const tree = (label) => flattenObject({ label, children: [{ label: 'x' }, { label: 'y' }] });
    globalThis.output = [meanReciprocalRank([1, 2, 4]), treeEditDistance(tree('a'), tree('b'))];
  `,
  losses: `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { cosentLoss, infoNceLoss, oasisLoss } from 'oasis-embed/losses';
    const q = tf.tensor2d([[0.3, -0.5], [0.6, 0.1], [0.2, 0.9]]);
    const d = tf.tensor2d([[0.1, -0.4], [-0.2, 0.3], [0.5, 0.5]]);
    const pairs = { query: [0, 1, 2], document: [0, 1, 1], similarity: [0.9, 0.5, 0.1], positive: [true, true, false] };
    const losses = [
      (q, d) => infoNceLoss(q, d, { directions: 'all', hardnessWeighting: 1, temperature: 0.5 }),
      (q, d) => oasisLoss(q, d, pairs).loss,
      (q, d) => cosentLoss(tf.sum(tf.mul(q, d), 1), [1, 2, 3]),
    ];
    globalThis.output = losses.flatMap((loss) => {
      const { value, grads } = tf.valueAndGrads(loss)([q, d]);
      return [value, ...grads].flatMap((x) => [...x.dataSync()].map((v) => v.toFixed(3)));
    });
  `,
  'losses/host': `
    import { cosentValueAndGradients, infoNceValueAndGradients } from 'oasis-embed/losses/host';
    const rows = (...data) => ({ data: Float32Array.from(data), rows: data.length / 2, columns: 2 });
    const found = [
      infoNceValueAndGradients(rows(0.3, -0.5, 0.6, 0.1), rows(0.1, -0.4, -0.2, 0.3, 0.5, 0.5), { directions: 'all' }),
      cosentValueAndGradients([0.3, 0.1, 0.2], [1, 2, 3]),
    ];
    const numbers = (x) => (typeof x === 'number' ? [x.toFixed(4)] : Object.values(x).flatMap(numbers));
    globalThis.output = found.flatMap(numbers);
  `,
  sampling: `
    import { sampleInRepoNegatives } from 'oasis-embed/sampling';
    const functions = ['a', 'b', 'c', 'd'].map((id) => ({ id, repository: 'left-pad' }));
    globalThis.output = [...sampleInRepoNegatives(functions, { k: 2, seed: 1 }).document];
  `,
  mixture: `
    import { fitGaussianMixture, intersectionThreshold } from 'oasis-embed/mixture';
    const scores = Array.from({ length: 200 }, (_, i) => (i % 2 ? 0.2 : 0.7) + 0.05 * Math.sin(i));
    globalThis.output = intersectionThreshold(fitGaussianMixture(scores)).value.toFixed(3);
  `,
  ast: `
    import { flattenObject, treeEditDistance } from 'oasis-embed/ast';
    const tree = (label) => flattenObject({ label, children: [{ label: 'x' }, { label: 'y' }] });
    globalThis.output = treeEditDistance(tree('a'), tree('b'));
  `,
  metrics: `
    import { meanReciprocalRank, relevantRanks } from 'oasis-embed/metrics';
    const matrix = (rows) => ({ rows, columns: 4, data: Float32Array.from({ length: rows * 4 }, (_, i) => Math.sin(i * i)) });
    const found = relevantRanks(matrix(5), matrix(9), [0, 2, 4, 6, 8]);
    globalThis.output = [...found.ranks, meanReciprocalRank(found).toFixed(4)];
  `,
  training: `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { createAdamW, learningRateAt } from 'oasis-embed/training';
    const weights = tf.variable(tf.tensor1d([3, -2]));
    createAdamW([weights]).update([tf.tensor1d([6, -4])], 0.1, 1, 1);
    const schedule = { learningRate: 0.001, warmUpSteps: 10, totalSteps: 100, shape: 'cosine' };
    globalThis.output = [...weights.dataSync()].map((v) => v.toFixed(4)).concat(learningRateAt(55, schedule).toFixed(6));
  `,
  encoders: `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    import { LsaEncoder, TransformerEncoder } from 'oasis-embed/encoders';
    const texts = ['sort a list', 'sorted list of numbers', 'open a file', 'read the file'];
    globalThis.output = (async () => {
      const vectors = await LsaEncoder.fit(texts, { dimensions: 2 }).embed(['sort numbers'], { role: 'query' });
      const transformer = TransformerEncoder.random({ texts, hiddenSize: 32, layers: 1, heads: 2 });
      const rows = await transformer.embed(texts, { role: 'document' });
      return [vectors.columns, rows.rows, rows.data[0].toFixed(3)];
    })();
  `,
  report: `
    import { classicalMds, curvesFigure } from 'oasis-embed/report';
    const points = { rows: 3, columns: 2, data: Float32Array.of(0, 0, 3, 0, 0, 4) };
    const curves = [{ name: 'total', x: [0, 10, 20], y: [2.1, 1.4, 1.2] }];
    const svg = curvesFigure({ title: 'Loss', xLabel: 'step', yLabel: 'loss', curves });
    globalThis.output = [classicalMds(points, { metric: 'euclidean' }).explained.toFixed(6), svg.length];
  `,
  retrieval: `
    import { HybridIndex } from 'oasis-embed/retrieval';
    const index = HybridIndex.build([
      { path: 'names.js', name: 'sortNames', code: 'return names.toSorted()' },
      { path: 'files.js', name: 'readFile', code: 'return open(path).text()' },
    ]);
    globalThis.output = index.rank('reading a file', { top: 1 }).map(({ entry }) => entry);
  `,
  onnx: `
    import { describeTransformer } from 'oasis-embed/encoders';
    import { formatModel, trainingGraph } from 'oasis-embed/onnx';
    const transformer = describeTransformer({ model_type: 'bert', num_hidden_layers: 1 }, 'config.json');
    const head = { pooling: 'mean', dense: [], normalize: true };
    const model = { transformer, head, prompts: { query: '', document: '' } };
    const { graph, masks } = trainingGraph(model, { dropout: 0.1 });
    globalThis.output = [formatModel(graph).length, masks.map(({ name }) => name)];
  `,
  // These read folders, call services or parse by tree-sitter: that they load is all a page can ask.
  ...Object.fromEntries(
    ['syntax', 'corpus', 'annotation', 'refinement', 'benchmarks', 'hub'].map((entry) => [
      entry,
      `import * as face from 'oasis-embed/${entry}';
       globalThis.output = Object.keys(face).length;`,
    ]),
  ),
};

/** Entries as `exports` of package.json names them, without the leading `./`. */
export const programEntries: readonly string[] = Object.keys(programs);

/** Programs by a name of the entry that can be a file's: the root's is `root`. */
export const entryPrograms: readonly (readonly [name: string, code: string])[] = Object.entries(programs).map(
  ([entry, code]) => [entry === '.' ? 'root' : entry.replaceAll('/', '-'), code],
);
