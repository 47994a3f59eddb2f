import type { DenseMatrix } from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import { firstEqualRows } from './equal-rows.js';
import type { ExactScores } from './rank-counter.js';
import { createExactKernel, type ExactKernel } from './score-kernel.js';

/** From so many exact scores of a query in a chunk on, they are computed for many documents at a time. */
const MANY = 16;
/** Rows that are equal to others pay when so many share one. */
const SHARED = 4;

/** Exact scores of a block of queries against one chunk after another. */
export const createExactScores = (queries: DenseMatrix) => {
  let chunk: DenseMatrix = { data: new Float32Array(0), rows: 0, columns: queries.columns };
  /** Of each row of the chunk the first that is equal to it; null before it is asked for. */
  let firsts: Uint32Array | null = null;
  let shared = false;
  let kernel: ExactKernel | null | undefined;
  let held = false;
  let scores = new Float64Array(0);
  /** Which query a score is of, counted from 1. */
  let scored = new Uint32Array(0);
  let found = new Float64Array(0);
  /** Looks at the chunk as a whole, once. */
  const survey = () => {
    if (firsts !== null) return firsts;
    firsts = firstEqualRows(chunk);
    shared = SHARED * new Set(firsts).size <= chunk.rows;
    if (scores.length < chunk.rows)
      [scores, scored] = [new Float64Array(chunk.rows), new Uint32Array(chunk.rows)];
    else scored.fill(0);
    return firsts;
  };
  /** All scores of a query at once, where there is a kernel. */
  const scoreAll = (query: number): Float64Array | undefined => {
    if (kernel === undefined) kernel = createExactKernel(queries.columns, chunk.rows);
    if (!held) kernel?.hold(chunk);
    held = true;
    return kernel?.score(queries, query);
  };
  return {
    hold(next: DenseMatrix) {
      [chunk, firsts, held] = [next, null, false];
    },
    of(query: number): ExactScores {
      return (places, count) => {
        if (found.length < count) found = new Float64Array(chunk.rows);
        if (count <= MANY) {
          for (let i = 0; i < count; i++) found[i] = dotProduct(queries, query, chunk, places[i]!);
          return found;
        }
        const same = survey();
        const all = shared ? undefined : scoreAll(query);
        if (all !== undefined) {
          for (let i = 0; i < count; i++) found[i] = all[places[i]!]!;
          return found;
        }
        for (let i = 0; i < count; i++) {
          const row = same[places[i]!]!;
          if (scored[row] !== query + 1) {
            scores[row] = dotProduct(queries, query, chunk, row);
            scored[row] = query + 1;
          }
          found[i] = scores[row]!;
        }
        return found;
      };
    },
  };
};
