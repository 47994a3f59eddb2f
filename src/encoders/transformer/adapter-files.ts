import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type LazyTensor, writeSafetensors } from '../safetensors.js';

/** What an adapter_config.json holds of an adapter. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly rankStabilized: boolean;
}

/** The two matrices of a low-rank update, as PEFT stores them. */
export interface AdapterUpdate {
  /** The linear map that it updates, such as `encoder.layer.0.attention.self.query`. */
  readonly module: string;
  /** [rank, inputs] */
  readonly a: LazyTensor;
  /** [outputs, rank] */
  readonly b: LazyTensor;
}

/**
 * Writes adapter_model.safetensors and adapter_config.json as PEFT does.
 *
 * @param base What adapter_config.json names as the base model.
 */
export const writeAdapterFiles = async (
  directory: string,
  updates: readonly AdapterUpdate[],
  { rank, alpha, rankStabilized }: LoraSettings,
  base: string,
): Promise<void> => {
  await mkdir(directory, { recursive: true });
  const tensors = new Map<string, LazyTensor>();
  for (const { module, a, b } of updates) {
    tensors.set(`base_model.model.${module}.lora_A.weight`, a);
    tensors.set(`base_model.model.${module}.lora_B.weight`, b);
  }
  await writeSafetensors(join(directory, 'adapter_model.safetensors'), tensors, { format: 'pt' });
  const config = {
    peft_type: 'LORA',
    task_type: 'FEATURE_EXTRACTION',
    base_model_name_or_path: base,
    inference_mode: true,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    use_rslora: rankStabilized,
    use_dora: false,
    target_modules: updates.map(({ module }) => module),
  };
  await writeFileAtomic(join(directory, 'adapter_config.json'), `${JSON.stringify(config, null, 2)}\n`);
};
