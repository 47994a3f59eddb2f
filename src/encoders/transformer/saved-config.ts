import type { ConfigJson } from '../description/index.js';

/** Keys of a config.json that no longer hold once the weights are written by this package. */
const OUTDATED = ['torch_dtype', '_name_or_path'];

/** The classes of transformers that read weights without a head. */
const BASE_MODELS: Readonly<Record<string, string>> = {
  bert: 'BertModel',
  roberta: 'RobertaModel',
  'xlm-roberta': 'XLMRobertaModel',
  distilbert: 'DistilBertModel',
  mpnet: 'MPNetModel',
  modernbert: 'ModernBertModel',
  nomic_bert: 'NomicBertModel',
  qwen2: 'Qwen2Model',
  qwen3: 'Qwen3Model',
  gemma3_text: 'Gemma3TextModel',
};

/**
 * The config.json of a model that this package writes: the class that reads weights without a head, in float32.
 *
 * @param architecture As the description names it.
 */
export const formatSavedConfig = (json: ConfigJson, architecture: string): string => {
  // NomicBERT's first release is read by code of its own, which auto_map names.
  const outdated = json.n_embd === undefined ? [...OUTDATED, 'auto_map'] : OUTDATED;
  const base = BASE_MODELS[architecture];
  const saved = {
    ...Object.fromEntries(Object.entries(json).filter(([key]) => !outdated.includes(key))),
    ...(base === undefined ? {} : { architectures: [base] }),
    dtype: 'float32',
  };
  return `${JSON.stringify(saved, null, 2)}\n`;
};
