/** One description of a model, from which both engines build what they compute. Loads no TensorFlow.js. */
export type { ConfigJson } from './config-fields.js';
export { describeTransformer, knownArchitectures } from './describe-model.js';
export type * from './model-description.js';
export { bucketOf } from './relative-buckets.js';
export {
  feedForwardMaps,
  type LayerMap,
  layerMaps,
  type WeightDescription,
  weightList,
} from './weight-list.js';
