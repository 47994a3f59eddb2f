import { rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readModelFolder } from '../../encoders/transformer/index.js';
import { checkOptions, type DenseMatrix, type OptionNames, writeFolder } from '../../numerics/index.js';
import { inferenceGraph } from '../build/inference-graph.js';
import { OnnxFileEncoder } from '../engine/onnx-file-encoder.js';
import { formatModel } from '../graph/format-model.js';
import { type Graph, withConstants } from '../graph/graph.js';
import { readWeights } from '../model/read-weights.js';
import { withFloat16Weights } from './float16-weights.js';
import { withInt8Weights } from './int8-weights.js';

/** How the weights of an export are stored; all compute in float32. */
export type OnnxPrecision = 'float32' | 'float16' | 'int8';

/** Which files {@link exportOnnx} writes, and on what their loss is measured. */
export interface ExportOnnxOptions {
  /** @defaultValue ['float32'] */
  readonly precisions?: readonly OnnxPrecision[];
  /** What the loss of quality is measured on: texts of the kind that will be embedded. Needed by float16 and int8. */
  readonly texts?: readonly string[];
}

const EXPORT_OPTIONS: OptionNames<ExportOnnxOptions> = { precisions: true, texts: true };

/** Cosines of the embeddings of each text by a smaller file and by the float32 one. */
export interface ExportQuality {
  readonly texts: number;
  readonly smallestCosine: number;
  readonly meanCosine: number;
}

/** A file that was written. */
export interface OnnxExport {
  readonly precision: OnnxPrecision;
  /** Relative to the model's folder. */
  readonly file: string;
  readonly bytes: number;
  /** Null for float32, which is what the others are compared with. */
  readonly quality: ExportQuality | null;
}

interface Variant {
  /** As the hub and transformers.js call the files. */
  readonly file: string;
  readonly reduce: (graph: Graph) => Graph;
}

const VARIANTS: Readonly<Record<OnnxPrecision, Variant>> = {
  float32: { file: 'model.onnx', reduce: (graph) => graph },
  float16: { file: 'model_fp16.onnx', reduce: withFloat16Weights },
  int8: { file: 'model_quantized.onnx', reduce: withInt8Weights },
};

const checkedPrecisions = ({ precisions = ['float32'], texts = [] }: ExportOnnxOptions): OnnxPrecision[] => {
  for (const precision of precisions) {
    if (!Object.hasOwn(VARIANTS, precision)) {
      throw new RangeError(
        `precisions must be of ${Object.keys(VARIANTS).join(', ')}, received ${JSON.stringify(precision)}`,
      );
    }
  }
  const chosen = (Object.keys(VARIANTS) as OnnxPrecision[]).filter((name) => precisions.includes(name));
  if (chosen.length === 0) throw new RangeError('precisions must name at least one precision, received none');
  if (texts.length === 0 && chosen.some((name) => name !== 'float32')) {
    throw new RangeError('texts must hold at least one text to measure float16 and int8 on, received none');
  }
  return chosen;
};

const compareRows = (a: DenseMatrix, b: DenseMatrix): ExportQuality => {
  let [smallest, sum] = [1, 0];
  for (let row = 0; row < a.rows; row++) {
    let cosine = 0;
    for (let i = row * a.columns; i < (row + 1) * a.columns; i++) cosine += a.data[i]! * b.data[i]!;
    smallest = Math.min(smallest, cosine);
    sum += cosine;
  }
  return { texts: a.rows, smallestCosine: smallest, meanCosine: sum / a.rows };
};

const embedWith = async (directory: string, path: string, texts: readonly string[]): Promise<DenseMatrix> => {
  const encoder = await OnnxFileEncoder.load(directory, { file: relative(directory, path) });
  try {
    return await encoder.embed(texts);
  } finally {
    await encoder.close();
  }
};

/**
 * Adds ONNX files to the folder of a saved model, for transformers.js, ONNX Runtime in any language, and
 * sentence-transformers' `backend="onnx"`: `onnx/model.onnx`, and where asked `onnx/model_fp16.onnx` and
 * `onnx/model_quantized.onnx`, from input_ids and attention_mask to last_hidden_state.
 *
 * float16 halves the file. int8 quarters it: matrices and tables are whole numbers from −127 to 127 with one factor a row;
 * biases and normalizations stay float32. Both compute in float32, so they run wherever the first file does, and are smaller
 * to ship, not faster. What they lose is measured on the texts given: each file is loaded and embeds them.
 *
 * An `onnx` folder that is there is replaced as a whole, when the new files are written and measured. Saving a model leaves it
 * as it is: export again when the weights have changed.
 *
 * @param directory A folder that {@link OnnxEncoder.load} reads, whichever engine saved it.
 * @returns One entry for each file, in the order float32, float16, int8.
 * @throws {RangeError} When a precision is unknown, texts are missing, or a file would hold 2 GiB of weights or more.
 * @throws Error naming the file of the folder that is missing or unsupported; with the install command when something is to be
 * measured and ONNX Runtime is missing. float32 alone needs no ONNX Runtime.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { TransformerEncoder } from 'oasis-embed/encoders';
 * import { exportOnnx } from 'oasis-embed/onnx';
 *
 * const folder = join(await mkdtemp(join(tmpdir(), 'model-')), 'tiny');
 * await TransformerEncoder.random({ texts: ['sort a list'], hiddenSize: 32, layers: 1, heads: 2 }).save(folder);
 * const [, small] = await exportOnnx(folder, { precisions: ['float32', 'int8'], texts: ['sort a list', 'a list'] });
 * if (small!.quality!.smallestCosine < 0.99) throw new Error('int8 stays close');
 * ```
 */
export const exportOnnx = async (
  directory: string,
  options: ExportOnnxOptions = {},
): Promise<readonly OnnxExport[]> => {
  checkOptions('exportOnnx', options, EXPORT_OPTIONS);
  const precisions = checkedPrecisions(options);
  const folder = await readModelFolder(directory);
  const graph = withConstants(inferenceGraph(folder.model, 'last_hidden_state'), await readWeights(folder));
  const results: OnnxExport[] = [];
  await writeFolder(join(directory, folder.settings.modelPath, 'onnx'), async (temporary) => {
    const write = async (precision: OnnxPrecision): Promise<string> => {
      const { file, reduce } = VARIANTS[precision];
      const path = join(temporary, file);
      await writeFile(path, formatModel(reduce(graph)));
      return path;
    };
    const { texts = [] } = options;
    const isMeasured = precisions.some((precision) => precision !== 'float32');
    const whole = await write('float32');
    const expected = isMeasured ? await embedWith(directory, whole, texts) : null;
    for (const precision of precisions) {
      const path = precision === 'float32' ? whole : await write(precision);
      const found = precision === 'float32' ? null : await embedWith(directory, path, texts);
      results.push({
        precision,
        file: join(folder.settings.modelPath, 'onnx', VARIANTS[precision].file),
        bytes: (await stat(path)).size,
        quality: expected === null || found === null ? null : compareRows(expected, found),
      });
    }
    if (!precisions.includes('float32')) await rm(whole);
  });
  return results;
};
