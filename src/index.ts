/**
 * The order-augmented training recipe of OASIS as parts, in the order of the recipe. Each folder is also an
 * entry of its own (`oasis-embed/losses`), which loads less.
 */
export * from './syntax/index.js';
export * from './corpus/index.js';
export * from './annotation/index.js';
export * from './sampling/index.js';
export * from './mixture/index.js';
export * from './ast/index.js';
export * from './refinement/index.js';
export * from './losses/index.js';
export * from './encoders/index.js';
export * from './training/index.js';
export * from './metrics/index.js';
export * from './benchmarks/index.js';
export * from './report/index.js';
