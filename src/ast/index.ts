export { UndecidedDistanceError } from './distance/bounded-distance.js';
export type { CallLimits } from './distance/call-limits.js';
export type { CostNode, EditCosts, NodeEditCosts } from './distance/edit-costs.js';
export {
  labelLowerBound,
  postorderLowerBound,
  preorderLowerBound,
  sizeLowerBound,
} from './distance/lower-bounds.js';
export {
  type NormalizedDistanceOptions,
  normalizedTreeEditDistance,
} from './distance/normalized-tree-edit-distance.js';
export { treeEditDistance } from './distance/tree-edit-distance.js';
export { treeEditDistanceWithin } from './distance/tree-edit-distance-within.js';
export { type RatioNorm, type TreeEditRatioOptions, treeEditRatio } from './distance/tree-edit-ratio.js';
export type { NearTwinStatistics, TwinPairs, UndecidedPairs } from './join/near-twin-join.js';
export {
  type NearTwinSettings,
  type NearTwins,
  type NearTwinsOptions,
  nearTwins,
} from './join/near-twins.js';
export { type NearestOptions, type NearestTrees, nearest } from './join/nearest.js';
export {
  type NearTwinsProgress,
  type StreamNearTwinsOptions,
  streamNearTwins,
} from './join/stream-near-twins.js';
export { applyEdits } from './mapping/apply-edits.js';
export { type EditScriptOptions, editScript } from './mapping/edit-script.js';
export { type CodeDiffOptions, type CodeVersion, formatCodeDiff } from './mapping/format-code-diff.js';
export { formatEditScript } from './mapping/format-edit-script.js';
export type {
  DeleteEdit,
  EditedNode,
  EditedParent,
  InsertEdit,
  KeepEdit,
  MoveEdit,
  RenameEdit,
  TreeEdit,
} from './mapping/tree-edit.js';
export { treeEditMapping } from './mapping/tree-edit-mapping.js';
export {
  type TreeEditMovesOptions,
  type TreeMappingWithMoves,
  treeEditMoves,
} from './mapping/tree-edit-moves.js';
export type { TreeMapping } from './mapping/tree-mapping.js';
export type { FlatTree, LabelMode, NodePositions, NodeSelection } from './tree/flat-tree.js';
export { type FlattenObjectOptions, flattenObject, type LabeledNode } from './tree/flatten-object.js';
export { type FlattenTreeOptions, flattenTree } from './tree/flatten-tree.js';
export { createVocabulary, type LabelVocabulary, sharedVocabulary } from './tree/label-vocabulary.js';
export { type TreeJson, treeFromJson, treeToJson } from './tree/tree-json.js';
