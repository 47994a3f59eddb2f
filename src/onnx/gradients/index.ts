import { addGradient } from './add.js';
import { concatGradient } from './concat.js';
import { divGradient } from './div.js';
import { expandGradient } from './expand.js';
import { fusedMatMulGradient } from './fused-mat-mul.js';
import { gatherGradient } from './gather.js';
import { geluGradient } from './gelu.js';
import { gemmGradient } from './gemm.js';
import type { GradientRule } from './gradient-rule.js';
import { layerNormalizationGradient } from './layer-normalization.js';
import { maximumGradient } from './maximum.js';
import { mulGradient } from './mul.js';
import { negGradient } from './neg.js';
import { reciprocalGradient } from './reciprocal.js';
import { reduceSumGradient } from './reduce-sum.js';
import { reluGradient } from './relu.js';
import { reshapeGradient } from './reshape.js';
import { sigmoidGradient } from './sigmoid.js';
import { sliceGradient } from './slice.js';
import { softmaxGradient } from './softmax.js';
import { sqrtGradient } from './sqrt.js';
import { subGradient } from './sub.js';
import { tanhGradient } from './tanh.js';
import { transposeGradient } from './transpose.js';
import { whereGradient } from './where.js';

/** By operator. */
export const GRADIENT_RULES: Readonly<Record<string, GradientRule>> = {
  Add: addGradient,
  Concat: concatGradient,
  Div: divGradient,
  Expand: expandGradient,
  FusedMatMul: fusedMatMulGradient,
  Gather: gatherGradient,
  Gelu: geluGradient,
  Gemm: gemmGradient,
  LayerNormalization: layerNormalizationGradient,
  Max: maximumGradient,
  Mul: mulGradient,
  Neg: negGradient,
  Reciprocal: reciprocalGradient,
  ReduceSum: reduceSumGradient,
  Relu: reluGradient,
  Reshape: reshapeGradient,
  Sigmoid: sigmoidGradient,
  Slice: sliceGradient,
  Softmax: softmaxGradient,
  Sqrt: sqrtGradient,
  Sub: subGradient,
  Tanh: tanhGradient,
  Transpose: transposeGradient,
  Where: whereGradient,
};
