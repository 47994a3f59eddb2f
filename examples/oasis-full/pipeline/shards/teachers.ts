import { readFile } from 'node:fs/promises';
import {
  averageOnScale,
  mergeTeacherMoments,
  type TeacherScale,
  type TeacherScaling,
  teacherScaling,
} from 'oasis-embed/annotation';
import type { ShardFunction } from '../../engine/shard-function.js';
import { writeText } from '../../store/json-files.js';
import { readParquet, writeParquet } from '../../store/parquet-table.js';
import { histogramsOf, labelColumns } from './labels.js';
import { type GroupMoments, teacherColumns } from './teacher-moments.js';

export interface ScalingOptions {
  readonly scale: Exclude<TeacherScale, 'none'>;
}

export interface ScalingKind {
  readonly options: ScalingOptions;
  readonly how: null;
  readonly summary: null;
}

/** Waits for the labels of all groups and settles how each teacher is brought to the common scale. */
export const scalingShard: ShardFunction<ScalingKind> = async ({ task, path, output }) => {
  const groups = await Promise.all(
    task.inputs.map(async (input) => JSON.parse(await readFile(path(input.path), 'utf8')) as GroupMoments),
  );
  const moments = mergeTeacherMoments(groups.map(({ pairs }) => pairs));
  await writeText(output('scaling.json'), JSON.stringify(teacherScaling(moments, task.options.scale)));
  return { rows: moments.count, summary: null };
};

export interface ScaledOptions {
  readonly teachers: number;
}

export interface ScaledKind {
  readonly options: ScaledOptions;
  readonly how: null;
  readonly summary: null;
}

/** A group's labels, those of each teacher and the common scale in; its labels as means on that scale out. */
export const scaledShard: ShardFunction<ScaledKind> = async ({ task, path, output }) => {
  const [labelsFile, teachersFile, scalingFile] = task.inputs.map((input) => path(input.path));
  const labels = await readParquet(labelsFile!, labelColumns);
  const columns = await readParquet(teachersFile!, teacherColumns(task.options.teachers));
  const scaling = JSON.parse(await readFile(scalingFile!, 'utf8')) as TeacherScaling;
  const similarity = averageOnScale(Object.values(columns), scaling);
  await writeParquet(output('parquet'), labelColumns, { ...labels, similarity });
  await writeText(output('histogram.json'), JSON.stringify(histogramsOf({ ...labels, similarity })));
  return { rows: labels.pair.length, summary: null };
};
