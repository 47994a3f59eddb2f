import type { ConfigFields } from '../config-fields.js';
import type { TransformerDescription } from '../model-description.js';
import { bert } from './bert.js';
import { distilbert } from './distilbert.js';
import { gemma3Text } from './gemma3-text.js';
import { modernbert } from './modernbert.js';
import { mpnet } from './mpnet.js';
import { nomicBert } from './nomic-bert.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';
import { roberta } from './roberta.js';
import { xlmRoberta } from './xlm-roberta.js';

/** Describes the model of a config.json. */
export type Architecture = (fields: ConfigFields) => TransformerDescription;

/** By the `model_type` of config.json. A new architecture is a file in this folder and a line here. */
export const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  bert,
  roberta,
  'xlm-roberta': xlmRoberta,
  distilbert,
  mpnet,
  modernbert,
  nomic_bert: nomicBert,
  qwen2,
  qwen3,
  gemma3_text: gemma3Text,
};
