import { join } from 'node:path';
import { openVectors, type StoredVectors } from './embed-texts.js';
import { type GeneralSet, readStsBenchmark } from './general-set.js';
import { cosqaSet, packagesSet, type RetrievalSet, splitSet } from './retrieval-sets.js';
import { type TrainingPairs, trainingPairs } from './training-pairs.js';

/** Packages of the second test set, which no choice has been made by. */
export const SECOND_PACKAGES = {
  sequelize: '6.37.8',
  typeorm: '1.1.1',
  konva: '10.9.1',
  winston: '3.19.0',
} as const;

/** Folders of published models, by the names of the teachers. */
const TEACHERS = { MiniLM: 'all-MiniLM-L6-v2', 'bge-small': 'bge-small-en-v1.5' } as const;
/** Who labels pairs; the run's own labels are those of latent semantic analysis. */
export type TeacherName = StudentName | 'LSA';
/** Whose vectors heads read. */
export type StudentName = keyof typeof TEACHERS;
export const STUDENTS = Object.keys(TEACHERS) as readonly StudentName[];

/** Enough to choose a step by, few enough to rank at every evaluation. */
const VALIDATION_FUNCTIONS = 600;

export interface PlanPaths {
  /** A finished run of `oasis-full` on the default corpus. */
  readonly run: string;
  /** Published models by name. */
  readonly models: string;
  /** Folder of CoSQA's files; null to leave it out. */
  readonly cosqa: string | null;
  /** Where {@link SECOND_PACKAGES} are installed; null to leave them out. */
  readonly second: string | null;
  /** sts-test.csv of the STS Benchmark; null to leave it out. */
  readonly general: string | null;
  /** Vectors and results. */
  readonly work: string;
}

export interface Plan {
  readonly pairs: TrainingPairs;
  readonly validation: RetrievalSet;
  /** By the name of their table. */
  readonly tests: ReadonlyMap<string, RetrievalSet>;
  /** What may be forgotten. */
  readonly general: GeneralSet | null;
  /** The model whose vectors the heads read. */
  readonly student: StoredVectors;
  readonly teachers: ReadonlyMap<TeacherName, StoredVectors | null>;
}

/** Texts and models of the experiment. */
export const openPlan = async (
  { run, models, cosqa, second, general, work }: PlanPaths,
  {
    functions,
    teachers,
    student: studentName = 'MiniLM',
  }: {
    readonly functions: number;
    readonly teachers: readonly TeacherName[];
    readonly student?: StudentName;
  },
): Promise<Plan> => {
  const store = join(work, 'vectors');
  const student = openVectors(join(models, TEACHERS[studentName]), store);
  const tests = new Map([['test packages', await splitSet(run, 'test')]]);
  if (second !== null) tests.set('second packages', await packagesSet(second, Object.keys(SECOND_PACKAGES)));
  if (cosqa !== null) tests.set('CoSQA', await cosqaSet(cosqa));
  const open = (name: TeacherName) => {
    if (name === 'LSA') return null;
    return name === studentName ? student : openVectors(join(models, TEACHERS[name]), store);
  };
  return {
    pairs: await trainingPairs(run, functions, join(work, 'texts')),
    validation: await splitSet(run, 'validation', VALIDATION_FUNCTIONS),
    tests,
    general: general === null ? null : await readStsBenchmark(general),
    student,
    teachers: new Map(teachers.map((name) => [name, open(name)])),
  };
};
