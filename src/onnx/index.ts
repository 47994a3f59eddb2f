export type { ModelFiles, TokenBucket } from '../encoders/transformer/index.js';
export type { DropoutRate } from './build/dropout.js';
export { inferenceGraph } from './build/inference-graph.js';
export type { LowRankUpdate, LowRankUpdates } from './build/linear.js';
export {
  type RowsOutput,
  type TrainingGraph,
  type TrainingGraphOptions,
  trainingGraph,
} from './build/training-graph.js';
export {
  DEVICES,
  type DeviceChoice,
  type DeviceName,
  type DeviceRequest,
  selectDevice,
} from './engine/devices.js';
export type { OnnxEmbedOptions, OnnxEncoderOptions } from './engine/encoder-options.js';
export {
  loadOnnxRuntime,
  OLDEST_RUNTIME,
  type OnnxPackage,
  type OnnxRuntime,
} from './engine/load-runtime.js';
export {
  type NativeProducts,
  type NativeProductsOptions,
  nativeProducts,
  type RelevantRanksNativelyOptions,
  relevantRanksNatively,
} from './engine/native-ranks.js';
export { OnnxCrossEncoder, type OnnxCrossEncoderOptions } from './engine/onnx-cross-encoder.js';
export { OnnxEncoder, type OnnxSaveOptions } from './engine/onnx-encoder.js';
export { OnnxFileEncoder, type OnnxFileEncoderOptions } from './engine/onnx-file-encoder.js';
export {
  type ExportOnnxOptions,
  type ExportQuality,
  exportOnnx,
  type OnnxExport,
  type OnnxPrecision,
} from './exchange/export-onnx.js';
export { formatModel } from './graph/format-model.js';
export type { Attribute, Constant, DataType, Dimension, Graph, GraphNode, Value } from './graph/graph.js';
export { fetchedFiles, filesInMemory } from './model/files-elsewhere.js';
export type { ModelWeights } from './model/read-weights.js';
export type { EmbeddingLoss, OnnxMicroBatch } from './training/gradient-passes.js';
export { OnnxTrainer } from './training/onnx-trainer.js';
export type { OnnxAccumulateOptions, OnnxStepRecord, OnnxUpdateOptions } from './training/step-options.js';
export type { OnnxTrainerOptions } from './training/trainer-options.js';
