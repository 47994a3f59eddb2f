import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { roberta } from './roberta.js';

/** XLM-R: RoBERTa with the vocabulary of a hundred languages. */
export const xlmRoberta = (fields: ConfigFields): TransformerDescription => ({
  ...roberta(fields),
  architecture: 'xlm-roberta',
});
