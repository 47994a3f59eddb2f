import type { TeacherMoments } from 'oasis-embed/annotation';
import type { Schema } from '../../store/parquet-table.js';

/** One column a teacher, in the order of the labels' rows. */
export const teacherColumns = (teachers: number): Schema =>
  Object.fromEntries(Array.from({ length: teachers }, (_, t) => [`teacher_${t}`, 'float32' as const]));

/** Content of a group's moments.json: its own pairs, and the negatives among them. */
export interface GroupMoments {
  readonly pairs: TeacherMoments;
  readonly negatives: TeacherMoments;
}
