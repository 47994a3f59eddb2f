import { join } from 'node:path';
import type { OasisDataset } from '../../../src/training/index.js';
import { openVectors, type StoredVectors } from './embed-texts.js';
import { cosqaSet, packagesSet, type RetrievalSet, splitSet } from './retrieval-sets.js';
import { trainingPairs } from './training-pairs.js';

/** Packages of the second test set, which no choice has been made by: `npm install --ignore-scripts` of these. */
export const SECOND_PACKAGES = {
  sequelize: '6.37.8',
  typeorm: '1.1.1',
  konva: '10.9.1',
  winston: '3.19.0',
} as const;

/** Enough to choose a step by, few enough to rank at every evaluation. */
const VALIDATION_FUNCTIONS = 600;

export interface PlanPaths {
  /** A finished run of `oasis-full` on the default corpus. */
  readonly run: string;
  /** Published models by name. */
  readonly models: string;
  /** Folder of CoSQA's files. */
  readonly cosqa: string;
  /** Where {@link SECOND_PACKAGES} are installed. */
  readonly second: string;
  /** Vectors and results. */
  readonly work: string;
}

export interface Plan {
  readonly pairs: OasisDataset;
  readonly validation: RetrievalSet;
  /** By the name of their column. */
  readonly tests: Readonly<Record<TestName, RetrievalSet>>;
  readonly student: StoredVectors;
  readonly teachers: Readonly<Record<'MiniLM' | 'bge-small', StoredVectors>>;
}

export type TestName = 'test packages' | 'second packages' | 'CoSQA';

/** Texts and models of the experiment. */
export const openPlan = async (paths: PlanPaths, functions: number): Promise<Plan> => {
  const { run, models, cosqa, second, work } = paths;
  const store = join(work, 'vectors');
  const student = openVectors(join(models, 'all-MiniLM-L6-v2'), store);
  return {
    pairs: await trainingPairs(run, functions, join(work, 'texts')),
    validation: await splitSet(run, 'validation', VALIDATION_FUNCTIONS),
    tests: {
      'test packages': await splitSet(run, 'test'),
      'second packages': await packagesSet(second, Object.keys(SECOND_PACKAGES)),
      CoSQA: await cosqaSet(cosqa),
    },
    student,
    teachers: { MiniLM: student, 'bge-small': openVectors(join(models, 'bge-small-en-v1.5'), store) },
  };
};

/** All vectors that the heads need, the dearest last. */
export const embedPlan = async ({ pairs, validation, tests, student, teachers }: Plan): Promise<void> => {
  const embed = async (model: StoredVectors, set: Pick<RetrievalSet, 'queries' | 'documents'>) => {
    await model.of([...new Set(set.queries)], 'query');
    await model.of([...new Set(set.documents)], 'document');
  };
  const training = { queries: [...pairs.queries], documents: [...pairs.documents] };
  await embed(student, training);
  await embed(student, validation);
  await embed(student, tests['test packages']);
  await embed(teachers['bge-small'], training);
  await embed(student, tests['second packages']);
  await embed(student, tests.CoSQA);
};
