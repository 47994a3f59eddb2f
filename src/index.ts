/**
 * The order-augmented training recipe of OASIS as parts, in the order of the recipe. Each folder is also an
 * entry of its own (`oasis-embed/losses`), which loads less.
 */

// Code in: languages, functions, docs, call graphs.
export * from './syntax/index.js';
export * from './corpus/index.js';
// Labels: docstrings, in-repository negatives, similarities.
export * from './annotation/index.js';
export * from './sampling/index.js';
// Repair: threshold, tree edit distance, suspects and judges.
export * from './mixture/index.js';
export * from './ast/index.js';
export * from './refinement/index.js';
// Training: losses, encoders, the trainer.
export * from './losses/index.js';
export * from './losses/host/index.js';
export * from './encoders/index.js';
export * from './training/index.js';
// What came out: metrics, benchmarks, the report.
export * from './metrics/index.js';
export * from './benchmarks/index.js';
// Search: words, names, paths and a model's cosines together.
export * from './retrieval/index.js';
// Data sets and models of the Hugging Face hub.
export * from './hub/index.js';
export * from './report/index.js';
