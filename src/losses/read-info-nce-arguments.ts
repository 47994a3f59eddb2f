import type * as tf from '@tensorflow/tfjs';
import { checkTensor } from './check-tensors.js';
import { checkObject, checkOptions } from './checks.js';
import type { InfoNceOptions, NegativeGuide } from './info-nce-options.js';
import {
  checkGuideMargin,
  type InfoNceSettings,
  NEGATIVE_GUIDE,
  readInfoNceSettings,
} from './info-nce-settings.js';

export const readInfoNceArguments = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  options: InfoNceOptions,
): InfoNceSettings => {
  checkEmbeddings(queries, documents);
  const [rows, columns] = [queries.shape[0], documents.shape[0]];
  return {
    ...readInfoNceSettings(rows, columns, options),
    guide: options.guide === undefined ? null : readGuide(options.guide, rows, columns),
  };
};

/** Two matrices of one width. */
export const checkEmbeddings = (queries: tf.Tensor2D, documents: tf.Tensor2D): void => {
  checkTensor('queries', queries, ['Q', 'D']);
  checkTensor('documents', documents, ['N', 'D']);
  if (queries.shape[1] !== documents.shape[1]) {
    throw new RangeError(
      `documents must have shape [N, D] with D = ${queries.shape[1]} as queries, received [${documents.shape.join(', ')}]`,
    );
  }
};

const readGuide = (guide: NegativeGuide, rows: number, columns: number): Required<NegativeGuide> => {
  checkObject('guide', guide);
  checkOptions('guide', guide, NEGATIVE_GUIDE);
  const { margin = 0, marginType = 'absolute' } = guide;
  checkTensor('guide.queries', guide.queries, ['Q', 'E']);
  checkTensor('guide.documents', guide.documents, ['N', 'E']);
  const width = guide.queries.shape[1];
  const expected = [
    ['guide.queries', guide.queries, [rows, width]],
    ['guide.documents', guide.documents, [columns, width]],
  ] as const;
  for (const [name, tensor, shape] of expected) {
    if (tensor.shape[0] !== shape[0] || tensor.shape[1] !== shape[1]) {
      throw new RangeError(
        `${name} must have shape [${shape.join(', ')}], received [${tensor.shape.join(', ')}]`,
      );
    }
  }
  checkGuideMargin(margin, marginType);
  return { queries: guide.queries, documents: guide.documents, margin, marginType };
};
