import type { CodeFunction } from 'oasis-embed/corpus';
import type { Split } from './owner-split.js';

/** A row of functions.jsonl: a function that the run keeps, and on which side of the split its repository stands. */
export interface StoredFunction extends CodeFunction {
  readonly split: Split;
  /** Whether its doc passed the filters: only documented functions are trained on and asked for. */
  readonly documented: boolean;
}
