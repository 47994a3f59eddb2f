export { NEGATIVE_SENTINEL } from '../negative-sentinel.js';
export { provideGradients } from './core-gradients.js';
export { customGradient, type Differentiable, withCleanGradient } from './custom-gradient.js';
export { gatherRows, scatterRows } from './gather-rows.js';
export {
  logAddExp,
  planScan,
  type ScanPlan,
  scanLogAddExp,
} from './log-add-exp-scan.js';
export { matMul } from './mat-mul.js';
export { fusedAdamW, sumOfSquares } from './optimizer-kernels.js';
export { safeNormalize } from './safe-normalize.js';
export { type AttentionLayout, type WasmLayers, wasmLayers } from './wasm-layers.js';
export { isHalfPrecision } from './web-gl.js';
