import { table } from '../blocks.js';
import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { bert } from './bert.js';

/** RoBERTa: BERT, except that places are counted from the padding id on and padding has none. */
export const roberta = (fields: ConfigFields): TransformerDescription => {
  const base = bert(fields);
  const paddingId = fields.number('pad_token_id', 1);
  const rows = fields.count('max_position_embeddings', 512);
  if (rows <= paddingId + 1)
    fields.fail('max_position_embeddings', `above pad_token_id + 1 = ${paddingId + 1}`);
  const positions = table('embeddings.position_embeddings', rows, base.width);
  return {
    ...base,
    architecture: 'roberta',
    maximumLength: rows - paddingId - 1,
    paddingId,
    embeddings: {
      ...base.embeddings,
      positions: { kind: 'absolute-without-padding', table: positions, paddingId },
    },
    prefixes: ['', 'roberta.', 'model.'],
  };
};
