export type { EditCosts } from './edit-costs.js';
export { type EditScriptOptions, editScript, formatEditScript, type TreeEdit } from './edit-script.js';
export type { FlatTree, LabelMode, NodePositions, NodeSelection } from './flat-tree.js';
export { type FlattenObjectOptions, flattenObject, type LabelledNode } from './flatten-object.js';
export { type FlattenTreeOptions, flattenTree } from './flatten-tree.js';
export { createVocabulary, type LabelVocabulary, sharedVocabulary } from './label-vocabulary.js';
export { labelLowerBound, postorderLowerBound, preorderLowerBound, sizeLowerBound } from './lower-bounds.js';
export type { NearTwinStatistics, TwinPairs } from './near-twin-join.js';
export { type NearTwinSettings, type NearTwins, type NearTwinsOptions, nearTwins } from './near-twins.js';
export { type NearestOptions, type NearestTrees, nearest } from './nearest.js';
export {
  type NearTwinsProgress,
  type StreamNearTwinsOptions,
  streamNearTwins,
} from './stream-near-twins.js';
export { treeEditDistance } from './tree-edit-distance.js';
export { treeEditDistanceWithin } from './tree-edit-distance-within.js';
export { type TreeMapping, treeEditMapping } from './tree-edit-mapping.js';
export { type RatioNorm, type TreeEditRatioOptions, treeEditRatio } from './tree-edit-ratio.js';
export { type TreeJson, treeFromJson, treeToJson } from './tree-json.js';
