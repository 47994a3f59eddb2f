import type { DenseMatrix } from '../../numerics/index.js';
import { type MeasuredVectors, openRows } from './vector-rows.js';

/** Rows that are looked at. */
const SAMPLE = 64;
/** Groups beside the mean. */
const MOST = 7;
/** A row belongs to a group when it is so many times nearer to it than to the mean. */
const NEARER = 4;
/** A group is worth a center when it has so large a share of the sample. */
const SHARE = 1 / 16;

const distance = (a: DenseMatrix, row: number, b: DenseMatrix, other: number): number => {
  let sum = 0;
  for (let t = 0, i = row * a.columns, j = other * b.columns; t < a.columns; t++, i++, j++) {
    sum += (a.data[i]! - b.data[j]!) ** 2;
  }
  return Math.sqrt(sum);
};

/**
 * Points that rows are near to, the mean first. Rows in several narrow groups are far from their mean, and what is left of
 * them without it no longer tells those of a group apart; of rows that form no groups the mean is the only center.
 */
export const chooseCenters = (vectors: MeasuredVectors): DenseMatrix => {
  const { rows, columns, mean } = vectors;
  const count = Math.min(SAMPLE, rows);
  const sample: DenseMatrix = { rows: count, columns, data: new Float32Array(count * columns) };
  const reader = openRows(vectors);
  try {
    for (let i = 0; i < count; i++) {
      const row = Math.floor((i * rows) / count);
      sample.data.set(reader.read(row, row + 1).data, i * columns);
    }
  } finally {
    reader.close();
  }
  const center: DenseMatrix = { rows: 1, columns, data: mean };
  const leaders: { readonly row: number; members: number }[] = [];
  for (let row = 0; row < count; row++) {
    const near = distance(sample, row, center, 0) / NEARER;
    const leader = leaders.find((other) => distance(sample, row, sample, other.row) < near);
    if (leader !== undefined) leader.members += 1;
    else if (leaders.length < MOST) leaders.push({ row, members: 1 });
  }
  const groups = leaders.filter(({ members }) => members >= Math.max(2, SHARE * count));
  const data = new Float32Array((1 + groups.length) * columns);
  data.set(mean);
  groups.forEach(({ row }, i) => {
    data.set(sample.data.subarray(row * columns, (row + 1) * columns), (i + 1) * columns);
  });
  return { rows: 1 + groups.length, columns, data };
};
