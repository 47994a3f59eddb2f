import { infoNceValueAndGradients } from '../../src/losses/host/index.js';
import { type InfoNceCase, infoNce, type Matrix, numericGradient } from '../reference/losses.js';
import { worstDifference } from './evaluate.js';
import { lossCases, randomInfoNce } from './random-losses.js';

const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  symmetric: ['queryToDocument', 'documentToQuery'],
  all: ['queryToDocument', 'documentToQuery', 'queryToQuery', 'documentToDocument'],
};

/** How far InfoNCE on typed arrays is from its definition in float64, for one random mix of options. */
export const hostReferenceDifference = (seed: number): number => {
  const cases = lossCases(seed);
  const [rows, columns, width] = [cases.integer(1, 5), cases.integer(1, 6), cases.integer(1, 4)];
  // The definition normalizes always.
  const options = { ...randomInfoNce(cases, rows, columns), similarity: 'cosine' as const };
  const random = () => Array.from({ length: width }, () => Math.fround(cases.random.normal()));
  const [queries, documents] = [
    Array.from({ length: rows }, random),
    Array.from({ length: columns }, random),
  ];
  const { positives, negatives, guide } = options;
  const pairsOf = (): (readonly [number, number])[] => {
    if (positives === undefined) return queries.map((_row, i) => [i, i] as const);
    if (Array.isArray(positives)) return positives.flatMap((d, q) => (d === -1 ? [] : [[q, d] as const]));
    return positives.query.map((q, p) => [q, positives.document[p]!] as const);
  };
  const unique = new Map(pairsOf().map((pair) => [pair.join(), pair] as const));
  const toRows = ({
    data,
    rows: count,
    columns: size,
  }: {
    data: Float32Array;
    rows: number;
    columns: number;
  }) => Array.from({ length: count }, (_row, i) => Array.from(data.subarray(i * size, (i + 1) * size)));
  const { directions } = options;
  const reference: InfoNceCase = {
    positives: [...unique.values()],
    temperature: options.temperature,
    directions:
      typeof directions === 'string' ? (DIRECTIONS[directions] ?? [directions]) : [...new Set(directions)],
    partition: options.partition,
    mode: options.hardnessMode,
    beta: 'hardnessWeighting' in options ? options.hardnessWeighting! : 0,
    alpha: 'hardnessPenalty' in options ? options.hardnessPenalty! : 0,
    frozen: { queries, documents },
    ...(negatives === undefined
      ? {}
      : {
          negatives: {
            pairs: negatives.query.map((q, p) => [q, negatives.document[p]!] as const),
            own: negatives.scope === 'own',
          },
          inBatch: options.inBatchNegatives!,
        }),
    ...(options.queryIds === undefined ? {} : { queryIds: options.queryIds }),
    ...(options.documentIds === undefined ? {} : { documentIds: options.documentIds }),
    ...(guide === undefined
      ? {}
      : {
          guide: {
            queries: toRows(guide.queries),
            documents: toRows(guide.documents),
            margin: guide.margin,
            relative: guide.marginType === 'relative',
          },
        }),
    ...(options.logProbabilities === undefined ? {} : { logProbabilities: options.logProbabilities }),
    ...(options.weights === undefined ? {} : { weights: options.weights }),
    ...(options.multiplePositives === undefined ? {} : { multiplePositives: options.multiplePositives }),
    reduction: options.reduction,
  };
  const dense = (values: Matrix) => ({
    data: Float32Array.from(values.flat()),
    rows: values.length,
    columns: width,
  });
  const { value, gradients } = infoNceValueAndGradients(dense(queries), dense(documents), options);
  const expected = [
    numericGradient((q) => infoNce(q, documents, reference), queries, 1e-6).flat(),
    numericGradient((d) => infoNce(queries, d, reference), documents, 1e-6).flat(),
  ];
  const largest = Math.max(1, ...expected.flat().map(Math.abs));
  const scaled = (values: ArrayLike<number>) => Array.from(values, (pull) => pull / largest);
  return Math.max(
    worstDifference([value], [infoNce(queries, documents, reference)]),
    ...gradients.map((gradient, i) => worstDifference(scaled(gradient.data), scaled(expected[i]!))),
  );
};
