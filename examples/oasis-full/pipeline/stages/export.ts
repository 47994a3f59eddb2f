import { exportOnnx, loadOnnxRuntime, type OnnxExport, type OnnxPrecision } from 'oasis-embed/onnx';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import type { RunOptions } from '../../options/run-options.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';

/** Texts that the loss of quality is measured on. */
const MEASURED_TEXTS = 64;

export interface ExportSummary {
  readonly files: readonly OnnxExport[];
}

/** @throws Error with the install command when an export is to be measured and ONNX Runtime is not there. */
export const checkExport = async ({ training }: Pick<RunOptions, 'training'>): Promise<void> => {
  if (training.onnx?.some((precision) => precision !== 'float32')) await loadOnnxRuntime();
};

const shown = ({ file, bytes, quality }: OnnxExport): string => {
  const size = `model/${file}: ${(bytes / 1e6).toFixed(1)} MB`;
  if (quality === null) return size;
  const { smallestCosine, meanCosine, texts } = quality;
  return `${size}, cosine to float32 ${smallestCosine.toFixed(5)} at least, ${meanCosine.toFixed(5)} on average, ${texts} texts`;
};

/** Half held-out code, half the docstrings that ask for it; where none is held out, a text all models know. */
const measuredTexts = async (context: StageContext): Promise<readonly string[]> => {
  const { documents, queries } = await retrievalSet(context, 'validation');
  const texts = [documents, queries].flatMap((some) => some.slice(0, MEASURED_TEXTS / 2));
  return texts.length > 0 ? texts : ['sorts a list of numbers'];
};

/** Adds ONNX files to the trained model. */
export const exportStage = (
  context: StageContext,
  training: StageRecord,
  precisions: readonly OnnxPrecision[],
): Stage<ExportSummary> => {
  const { folder, progress } = context;
  return {
    name: 'export',
    options: { precisions },
    after: [training],
    outputs: [folder.path('modelOnnx')],
    run: async () => {
      const files = await exportOnnx(folder.path('model'), {
        precisions,
        texts: await measuredTexts(context),
      });
      for (const file of files) progress.line(shown(file));
      return { files };
    },
  };
};
