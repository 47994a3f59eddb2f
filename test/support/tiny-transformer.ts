import { type RandomTransformerOptions, TransformerEncoder } from '../../src/encoders/index.js';

/**
 * Saves a BERT of random weights whose words are those of some texts: in the place of a published model.
 *
 * @returns The folder.
 */
export const saveTinyTransformer = async (
  folder: string,
  options: RandomTransformerOptions,
): Promise<string> => {
  const encoder = TransformerEncoder.random({ hiddenSize: 16, layers: 2, heads: 2, ...options });
  try {
    await encoder.save(folder);
  } finally {
    encoder.dispose();
  }
  return folder;
};
