import { join } from 'node:path';
import { embedToShards } from 'oasis-embed/annotation';
import {
  AdapterEncoder,
  type EmbeddedTexts,
  type Encoder,
  StaticEncoder,
  SubtokenBagEncoder,
  type TextList,
  type TextRole,
  TransformerEncoder,
  type TransformerOptions,
} from 'oasis-embed/encoders';
import { distinct } from '../corpus/distinct-texts.js';
import { engineOf } from '../options/model-engine.js';
import { ownStudent } from '../options/own-student.js';
import type { RunOptions } from '../options/run-options.js';
import { studentOf } from '../options/training-options.js';
import { type HeadBase, readHeadBase, writeHeadBase } from './head-base.js';
import { modelHash } from './local-embedder.js';
import { loadTextModel, type TextModel } from './text-model.js';

export interface StudentTexts {
  readonly queries: TextList;
  readonly documents: TextList;
}

export type StudentOptions = Pick<RunOptions, 'out' | 'dimensions' | 'training' | 'models'>;

/**
 * The encoder that a run trains on TensorFlow.js: a new subtoken bag, or what --student makes of the model that --encoder names.
 *
 * @param others Further texts that the encoder will be asked for, such as those of the validation set.
 */
export const startingEncoder = async (
  texts: StudentTexts,
  options: StudentOptions,
  seed: number,
  others: StudentTexts = { queries: [], documents: [] },
): Promise<Encoder> => {
  const { dimensions, training } = options;
  const student = studentOf(training);
  if (student === 'bag') {
    if (training.encoder !== null) return SubtokenBagEncoder.load(training.encoder);
    const { queries, documents } = texts;
    return SubtokenBagEncoder.fit({ queries, documents }, { dimensions, seed });
  }
  if (student === 'head') return startingHead([texts, others], options, seed);
  if (student === 'static') {
    if (ownStudent(training.encoder!) === 'static') return StaticEncoder.load(training.encoder!);
    return startingStatic(texts, options);
  }
  const { frozenLayers, maximumLength, queryPrompt } = training;
  return TransformerEncoder.load(training.encoder!, {
    ...loraOptions(training, seed),
    ...(frozenLayers === 0 ? {} : { frozenLayers }),
    ...(maximumLength === null ? {} : { maximumLength }),
    ...(queryPrompt === null ? {} : { queryPrompt }),
  });
};

/** What a head stands on: the model of --encoder, or what the head in its folder stands on. */
const baseOf = ({ encoder, queryPrompt }: RunOptions['training']): HeadBase =>
  ownStudent(encoder!) === 'head' ? readHeadBase(encoder!) : { folder: encoder!, queryPrompt };

/** The model that a head or a static encoder starts from. */
export const openBase = ({
  training,
  models,
}: Pick<StudentOptions, 'training' | 'models'>): Promise<TextModel> => {
  const { folder, queryPrompt } = baseOf(training);
  return loadTextModel(folder, { engine: engineOf(models), queryPrompt });
};

/** Vectors are kept in the run's folder: another seed, or a run that goes on, reads them. */
const startingHead = async (
  sets: readonly StudentTexts[],
  options: StudentOptions,
  seed: number,
): Promise<AdapterEncoder> => {
  const { training, out } = options;
  const base = await openBase(options);
  // Whatever runs the model, its vectors are the same to rounding.
  const { folder, queryPrompt } = baseOf(training);
  const name = `student ${modelHash(folder)} ${JSON.stringify(queryPrompt)}`;
  const embedded = async (role: TextRole, lists: readonly TextList[]): Promise<EmbeddedTexts> => {
    const { texts } = distinct(lists.flatMap((list) => [...list]));
    const shards = await embedToShards(
      { name, embed: (some) => base.embed(some, role) },
      texts,
      join(out, 'student-vectors'),
      { role },
    );
    const data = new Float32Array(texts.length * shards.columns);
    for (let row = 0; row < texts.length; row++) data.set(shards.row(row), row * shards.columns);
    return { texts, vectors: { data, rows: texts.length, columns: shards.columns } };
  };
  try {
    const queries = await embedded(
      'query',
      sets.map((set) => set.queries),
    );
    const documents = await embedded(
      'document',
      sets.map((set) => set.documents),
    );
    if (ownStudent(training.encoder!) === 'head') {
      const head = await AdapterEncoder.load(training.encoder!);
      head.add('query', queries);
      head.add('document', documents);
      return head;
    }
    return AdapterEncoder.create(
      { queries, documents },
      {
        head: training.head,
        separateRoles: training.headRoles === 'separate',
        seed,
        ...(training.head === 'linear' ? { dimensions: documents.vectors.columns } : {}),
      },
      name,
    );
  } finally {
    await base.close();
  }
};

const startingStatic = async (
  { queries, documents }: StudentTexts,
  options: StudentOptions,
): Promise<StaticEncoder> => {
  const base = await openBase(options);
  const folder = options.training.encoder!;
  try {
    return await StaticEncoder.fromModel(
      { name: `model ${modelHash(folder)}`, embed: (texts) => base.embed(texts, 'document') },
      folder,
      [...queries, ...documents],
      { dimensions: options.dimensions, splitIdentifiers: true },
    );
  } finally {
    await base.close();
  }
};

/** Saves a model of the run, with what it takes to open it again. */
export const saveStudent = async (
  encoder: Encoder,
  directory: string,
  { training }: Pick<StudentOptions, 'training'>,
): Promise<void> => {
  await encoder.save(directory);
  if (!(encoder instanceof AdapterEncoder)) return;
  await writeHeadBase(directory, baseOf(training));
};

/** The low-rank updates that the flags ask for, on either engine. */
export const loraOptions = (
  { loraRank, loraAlpha, loraTargets }: RunOptions['training'],
  seed: number,
): Pick<TransformerOptions, 'lora'> => {
  if (loraRank === null) return {};
  const targets = loraTargets?.length === 1 && loraTargets[0] === 'all-linear' ? 'all-linear' : loraTargets;
  return {
    lora: {
      rank: loraRank,
      seed,
      ...(loraAlpha === null ? {} : { alpha: loraAlpha }),
      ...(targets === null ? {} : { targets }),
    },
  };
};
