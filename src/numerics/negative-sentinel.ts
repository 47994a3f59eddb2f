/**
 * Stands for log 0. Finite, because WGSL may assume that no infinity occurs, and far enough from any logit
 * that exp of a difference with one is exactly 0.
 */
export const NEGATIVE_SENTINEL = -1e30;
