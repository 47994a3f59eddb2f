import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { weightList } from '../../src/encoders/description/index.js';
import { describeTransformer, writeSafetensors } from '../../src/encoders/index.js';
import { configs } from '../onnx/small-models.js';
import { smallWeights } from '../onnx/small-weights.js';

/** The fixture whose tokenizer a model gets, and its number of terms. */
const TOKENIZERS = { bert: 320, qwen2: 320 } as const;

/**
 * Writes the folder of a small model: a configuration of golden/configs.json with weights that follow from their names, and a
 * tokenizer of the fixtures.
 */
export const writeSmallModel = async (
  directory: string,
  label: string,
  tokenizer: keyof typeof TOKENIZERS,
): Promise<void> => {
  const config = { ...configs[label]!, vocab_size: TOKENIZERS[tokenizer] };
  const transformer = describeTransformer(config, `${label}/config.json`);
  const head = { pooling: 'mean', dense: [], normalize: true } as const;
  const model = { transformer, head, prompts: { query: '', document: '' } };
  const weights = smallWeights(model);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(import.meta.dirname, '../encoders/fixtures', tokenizer, file), join(directory, file));
  const tensors = weightList(model).map(
    ({ name, shape }) => [name, { shape, data: weights.get(name)! }] as const,
  );
  await writeSafetensors(join(directory, 'model.safetensors'), new Map(tensors));
};
