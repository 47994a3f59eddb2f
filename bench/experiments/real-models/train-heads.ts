import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AdapterEncoder, type EmbeddedTexts, type TextRole } from '../../../src/encoders/index.js';
import { perQueryMeasure, relevantRanks } from '../../../src/metrics/index.js';
import { type TrainOasisOptions, trainOasis } from '../../../src/training/index.js';
import type { StoredVectors } from './embed-texts.js';
import { type GeneralSet, generalScore } from './general-set.js';
import type { Plan, TeacherName } from './plan.js';
import type { RetrievalSet } from './retrieval-sets.js';
import type { TrainingPairs } from './training-pairs.js';

/** Chosen beforehand, not on any of the tests. */
export const SETTINGS = {
  batchQueries: 64,
  negativesPerQuery: 2,
  epochs: 4,
  learningRate: 1e-3,
  temperature: 0.05,
  weightDecay: 0.01,
} as const;

/** A row of the table: what the heads are trained by. */
export interface HeadRow {
  readonly slug: string;
  readonly name: string;
  readonly teacher: TeacherName;
  readonly weights: { readonly infoNce: number; readonly cosent: number };
  /** How CoSENT orders, where it is not as published. */
  readonly order?: Pick<TrainOasisOptions, 'labels' | 'positiveLabels' | 'cosent'>;
}

/** CoSENT beside InfoNCE with the labels of one teacher: the published form at a larger weight, and the order over whole batches. */
export const orderRows = (teacher: TeacherName): HeadRow[] => {
  const heavier = { infoNce: 0.98, cosent: 0.3 };
  const published = { infoNce: 0.98, cosent: 0.02 };
  const name = `labels by ${teacher}`;
  return [
    { slug: `mix-${teacher}-heavier`, name: `.98 + .3, ${name}`, teacher, weights: heavier },
    ...[published, heavier].map((weights): HeadRow => {
      const size = weights === heavier ? '-heavier' : '';
      return {
        slug: `batch-${teacher}${size}`,
        name: `.98 + ${size === '' ? '.02' : '.3'}, ${name}, all pairs of the batch`,
        teacher,
        weights,
        order: { labels: 'batch' },
      };
    }),
    ...[published, heavier].map((weights): HeadRow => {
      const size = weights === heavier ? '-heavier' : '';
      return {
        slug: `query-${teacher}${size}`,
        name: `.98 + ${size === '' ? '.02' : '.3'}, ${name}, within each query over the batch`,
        teacher,
        weights,
        order: { labels: 'batch', cosent: { groups: 'query' } },
      };
    }),
    {
      slug: `query-top-${teacher}`,
      name: `.98 + .3, ${name}, within each query over the batch, positive on top`,
      teacher,
      weights: heavier,
      order: { labels: 'batch', positiveLabels: 'top', cosent: { groups: 'query' } },
    },
  ];
};

/** InfoNCE alone, which no label touches, and CoSENT alone and beside it by the labels of each teacher. */
export const headRows = (teachers: readonly TeacherName[]): HeadRow[] => [
  ...teachers.map((teacher) => ({
    slug: `mix-${teacher}`,
    name: `.98 InfoNCE + .02 CoSENT, labels by ${teacher}`,
    teacher,
    weights: { infoNce: 0.98, cosent: 0.02 },
  })),
  { slug: 'infonce', name: 'InfoNCE', teacher: teachers[0]!, weights: { infoNce: 1, cosent: 0 } },
  ...teachers.map((teacher) => ({
    slug: `cosent-${teacher}`,
    name: `CoSENT, labels by ${teacher}`,
    teacher,
    weights: { infoNce: 0, cosent: 1 },
  })),
];

export const embedded = async (
  model: StoredVectors,
  sets: readonly Pick<RetrievalSet, 'queries' | 'documents'>[],
): Promise<{ queries: EmbeddedTexts; documents: EmbeddedTexts }> => {
  // Set by set: what an earlier call embedded is read.
  const of = async (lists: readonly (readonly string[])[], role: TextRole): Promise<EmbeddedTexts> => {
    const rows = new Map<string, Float32Array>();
    let columns = 0;
    for (const list of lists) {
      if (list.length === 0) continue;
      const texts = [...new Set(list)];
      const vectors = await model.of(texts, role);
      columns = vectors.columns;
      texts.forEach((text, i) => {
        rows.set(text, vectors.data.subarray(i * columns, (i + 1) * columns));
      });
    }
    const data = new Float32Array(rows.size * columns);
    [...rows.values()].forEach((row, i) => {
      data.set(row, i * columns);
    });
    return { texts: [...rows.keys()], vectors: { data, rows: rows.size, columns } };
  };
  return {
    queries: await of(
      sets.map(({ queries }) => queries),
      'query',
    ),
    documents: await of(
      sets.map(({ documents }) => documents),
      'document',
    ),
  };
};

/** The pairs with a teacher's similarities, (1 + cosine) / 2; LSA's are those of the run. */
export const labeledBy = async (
  pairs: TrainingPairs,
  teacher: StoredVectors | null,
): Promise<TrainingPairs> => {
  if (teacher === null) return pairs;
  const { queries, documents } = await embedded(teacher, [
    { queries: pairs.queries, documents: pairs.documents },
  ]);
  const rowOf = ({ texts }: EmbeddedTexts) => new Map([...texts].map((text, i) => [text, i]));
  const [queryRow, documentRow] = [rowOf(queries), rowOf(documents)];
  const { query, document } = pairs.pairs;
  const columns = queries.vectors.columns;
  const similarity = Float32Array.from({ length: query.length }, (_, pair) => {
    const q = queryRow.get(pairs.queries[query[pair]!]!)! * columns;
    const d = documentRow.get(pairs.documents[document[pair]!]!)! * columns;
    let cosine = 0;
    for (let i = 0; i < columns; i++) cosine += queries.vectors.data[q + i]! * documents.vectors.data[d + i]!;
    return (1 + cosine) / 2;
  });
  const rows = ({ vectors }: EmbeddedTexts, of: ReadonlyMap<string, number>, texts: readonly string[]) => {
    const data = new Float32Array(texts.length * columns);
    texts.forEach((text, i) => {
      const start = of.get(text)! * columns;
      data.set(vectors.data.subarray(start, start + columns), i * columns);
    });
    return { data, rows: texts.length, columns };
  };
  return {
    ...pairs,
    pairs: { ...pairs.pairs, similarity },
    teacher: {
      queries: rows(queries, queryRow, pairs.queries),
      documents: rows(documents, documentRow, pairs.documents),
      scale: 0.5,
      offset: 0.5,
    },
  };
};

const encode = async (encoder: AdapterEncoder, texts: readonly string[], role: TextRole) => {
  const tensor = encoder.encode(encoder.tokenize(texts, role), role);
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return { data, rows: texts.length, columns: encoder.dimensions };
};

/** Reciprocal ranks of a set's queries. */
export const reciprocalRanks = async (encoder: AdapterEncoder, set: RetrievalSet): Promise<Float64Array> => {
  const queries = await encode(encoder, set.queries, 'query');
  const documents = await encode(encoder, set.documents, 'document');
  return perQueryMeasure(relevantRanks(queries, documents, set.relevant), 'mrr@1000');
};

/** Both sentences go through the head for docstrings. */
const generalOf = async (encoder: AdapterEncoder, general: GeneralSet): Promise<number> =>
  generalScore(
    await encode(encoder, general.first, 'query'),
    await encode(encoder, general.second, 'query'),
    general,
  );

/**
 * Trains a residual head for each role over the student's vectors, or reads it from its folder; queries of all tests one after another,
 * then the general score.
 */
export const trainHead = async (
  { validation, tests, general }: Pick<Plan, 'validation' | 'tests' | 'general'>,
  vectors: { readonly queries: EmbeddedTexts; readonly documents: EmbeddedTexts },
  data: TrainingPairs,
  { weights, order = {} }: Pick<HeadRow, 'weights' | 'order'>,
  { seed, folder }: { readonly seed: number; readonly folder: string },
): Promise<number[]> => {
  const isTrained = existsSync(join(folder, 'config.json'));
  const encoder = isTrained
    ? await AdapterEncoder.load(folder)
    : AdapterEncoder.create(vectors, { head: 'residual', separateRoles: true, seed });
  try {
    if (isTrained) {
      encoder.add('query', vectors.queries);
      encoder.add('document', vectors.documents);
    } else {
      const options = { ...SETTINGS, ...order, weights, seed, patience: SETTINGS.epochs, validation };
      await trainOasis(encoder, data, options);
      await encoder.save(folder);
    }
    const values: number[] = [];
    for (const set of tests.values()) values.push(...(await reciprocalRanks(encoder, set)));
    if (general !== null) values.push(await generalOf(encoder, general));
    return values;
  } finally {
    encoder.dispose();
  }
};

/** The student's own vectors, untrained. */
export const untrained = async (
  { tests, general }: Pick<Plan, 'tests' | 'general'>,
  vectors: { readonly queries: EmbeddedTexts; readonly documents: EmbeddedTexts },
): Promise<number[]> => {
  const encoder = AdapterEncoder.create(vectors, { head: 'residual', separateRoles: true });
  const values: number[] = [];
  for (const set of tests.values()) values.push(...(await reciprocalRanks(encoder, set)));
  if (general !== null) values.push(await generalOf(encoder, general));
  encoder.dispose();
  return values;
};
