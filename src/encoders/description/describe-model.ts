import { ARCHITECTURES } from './architectures/index.js';
import { type ConfigFields, type ConfigJson, configFields } from './config-fields.js';
import type { TransformerDescription } from './model-description.js';
import { weightList } from './weight-list.js';

/** The architectures that are described, by the `model_type` of their config.json. */
export const knownArchitectures: readonly string[] = Object.keys(ARCHITECTURES);

/** No known encoder comes near; each is described before a weight is read. */
const MOST_LAYERS = 10_000;

const checkLayers = ({ json, fail }: ConfigFields): void => {
  for (const key of ['num_hidden_layers', 'n_layers', 'n_layer'])
    if (Number(json[key]) > MOST_LAYERS) fail(key, `at most ${MOST_LAYERS}`);
};

/** Padding is looked up as any token, whatever comes of it. */
const checkPadding = ({ paddingId, embeddings }: TransformerDescription, { fail }: ConfigFields): void => {
  const { rows } = embeddings.words;
  if (!(Number.isInteger(paddingId) && paddingId >= 0 && paddingId < rows))
    fail('pad_token_id', `a row of the ${rows} of the embedding table`);
};

/** Values in one weight: more do not fit into a typed array everywhere, and no known encoder comes near. */
const LARGEST_WEIGHT = 2 ** 31;

const checkSizes = (transformer: TransformerDescription, path: string): void => {
  const head = { pooling: 'mean', dense: [], normalize: true } as const;
  for (const { name, shape } of weightList({ transformer, head })) {
    if (shape.reduce((product, size) => product * size, 1) < LARGEST_WEIGHT) continue;
    throw new Error(
      `${path}: ${name} must have fewer than ${LARGEST_WEIGHT} values, found shape [${shape.join(', ')}]`,
    );
  }
};

/**
 * Reads a Hugging Face config.json as the description of a transformer, block by block.
 *
 * @param path Named in errors.
 * @throws Error naming file and field when the architecture, an activation, a kind of positions or a size is missing or
 * unsupported.
 *
 * @example
 * ```ts
 * import { describeTransformer } from 'oasis-embed/encoders';
 *
 * const model = describeTransformer({ model_type: 'bert', hidden_size: 384, num_hidden_layers: 6 }, 'config.json');
 * console.log(model.layers.length, model.layers[0]!.attention.headSize); // 6 32
 * ```
 */
export const describeTransformer = (json: ConfigJson, path: string): TransformerDescription => {
  const type = json.model_type;
  const architecture =
    typeof type === 'string' && Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined;
  if (architecture === undefined) {
    throw new Error(
      `${path}: model_type must be one of ${knownArchitectures.join(', ')}, found ${JSON.stringify(type)}; ` +
        'docs/native-engine.md says how to add an architecture',
    );
  }
  const fields = configFields(json, path);
  checkLayers(fields);
  const transformer = architecture(fields);
  checkSizes(transformer, path);
  checkPadding(transformer, fields);
  return transformer;
};
