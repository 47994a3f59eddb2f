/** The bundle of a page: the layers of `TransformerEncoder` on a backend of the browser. */
import { type ConfigJson, describeTransformer } from '../../../src/encoders/index.js';
import { runDescribedModel } from '../../encoders/described-model.js';
import { smallWeights } from '../../onnx/small-weights.js';
import { waves } from '../../onnx/waves.js';
import { openBackend } from './backends.js';

/** Embeddings and gradients of a small model, and its hidden states. */
const runArchitecture = async (config: ConfigJson, texts: readonly (readonly number[])[]) => {
  const transformer = describeTransformer(config, 'config.json');
  const head = { pooling: 'mean', dense: [], normalize: true } as const;
  const model = { transformer, head, prompts: { query: '', document: '' } };
  const direction = waves('gradient', texts.length * transformer.width, 1);
  const found = await runDescribedModel(model, smallWeights(model), texts, direction);
  return {
    hidden: [...found.hidden],
    embeddings: [...found.embeddings],
    gradients: [...found.gradients].map(([name, values]) => [name, [...values]] as const),
  };
};

const api = { openBackend, runArchitecture };

/** What the test calls in the page. */
export type ArchitecturesPage = typeof api;

Object.assign(globalThis, api);
