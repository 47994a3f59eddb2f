import type { DropoutDescription, ModelDescription } from '../../encoders/description/index.js';
import { checkOptions, type OptionNames } from '../../numerics/index.js';
import { differentiate } from '../gradients/differentiate.js';
import { type Graph, prunedGraph, type Value } from '../graph/graph.js';
import type { DropoutRate } from './dropout.js';
import { hiddenStates } from './hidden-states.js';
import type { LowRankUpdates } from './linear.js';
import { ModelGraph } from './model-graph.js';
import { pooled } from './pooling.js';

/** Which weights get a gradient, and what the graph returns. */
export interface TrainingGraphOptions {
  /** Names of the weights whose gradients are wanted. @defaultValue all */
  readonly trained?: (name: string) => boolean;
  readonly updates?: LowRankUpdates;
  /** Whether the gradients of tables are left as the rows that were looked up. @defaultValue false */
  readonly tablesByRows?: boolean;
  /**
   * What is dropped: a rate for every place that the architecture drops at, or `'config'` for what its config says. Masks are
   * then inputs of the graph. @defaultValue 0
   */
  readonly dropout?: DropoutRate;
}

const TRAINING_GRAPH_OPTIONS: OptionNames<TrainingGraphOptions> = {
  trained: true,
  updates: true,
  tablesByRows: true,
  dropout: true,
};

/** The gradient of a table: rows [n, width] to be added at places [n]. */
export interface RowsOutput {
  readonly weight: string;
  readonly indices: string;
  readonly rows: string;
}

export interface TrainingGraph {
  /** From ids, mask, weights and `embeddings_gradient` to `embeddings` and the gradients. */
  readonly graph: Graph;
  /** The names of outputs by the weight whose gradient they are. */
  readonly dense: ReadonlyMap<string, string>;
  readonly rows: readonly RowsOutput[];
  /** Inputs of type bool that say what is kept, each with the share that is to be false. */
  readonly masks: readonly { readonly name: string; readonly rate: number }[];
  /** What layers begin with. */
  readonly borders: readonly Value[];
}

/**
 * One graph that returns embeddings and, for a given gradient of them, the gradient of every trained weight: reverse-mode
 * differentiation of the inference graph.
 *
 * Inputs: `input_ids` and `attention_mask` [batch, length], `embeddings_gradient` [batch, dimensions], and every weight by
 * its name, and with dropout the masks.
 *
 * @example
 * ```ts
 * import { describeTransformer } from 'oasis-embed/encoders';
 * import { trainingGraph } from 'oasis-embed/onnx';
 *
 * const transformer = describeTransformer({ model_type: 'bert', num_hidden_layers: 1 }, 'config.json');
 * const head = { pooling: 'cls', dense: [], normalize: true } as const;
 * const { graph, dense } = trainingGraph(
 *   { transformer, head, prompts: { query: '', document: '' } },
 *   { trained: (name) => name.endsWith('.bias') },
 * );
 * console.log(graph.outputs.length, dense.size); // 10 9
 * ```
 */
export const trainingGraph = (model: ModelDescription, options: TrainingGraphOptions = {}): TrainingGraph => {
  checkOptions('trainingGraph', options, TRAINING_GRAPH_OPTIONS);
  const { transformer, head } = model;
  const { trained = () => true, updates = new Map(), tablesByRows = false, dropout = 0 } = options;
  const graph = new ModelGraph({ rates: ratesOf(transformer.dropout, dropout) });
  const embeddings = pooled(graph, hiddenStates(graph, transformer, updates), head, updates);
  const gradient = graph.input('embeddings_gradient', 'float32', embeddings.shape);
  const wanted = [...graph.weights].filter(([name]) => trained(name));
  const tables = wanted.map(([, value]) => value).filter((value) => isTable(graph, value));
  const found = differentiate(
    graph,
    embeddings,
    gradient,
    wanted.map(([, value]) => value),
    new Set(tablesByRows ? tables : []),
  );
  const outputs: Value[] = [graph.alias(embeddings, { ...embeddings, name: 'embeddings' })];
  const output = (value: Value, name: string) => {
    outputs.push(graph.alias(value, { ...value, name }));
    return name;
  };
  const dense = new Map<string, string>();
  const rows: RowsOutput[] = [];
  for (const [name, value] of wanted) {
    const whole = found.dense.get(value);
    if (whole !== undefined) dense.set(name, output(whole, `gradient/${name}`));
    (found.rows.get(value) ?? []).forEach((part, i) => {
      rows.push({
        weight: name,
        indices: output(part.indices, `places/${i}/${name}`),
        rows: output(part.rows, `rows/${i}/${name}`),
      });
    });
  }
  return {
    graph: prunedGraph(graph.build(outputs)),
    dense,
    rows,
    masks: graph.masks.map(({ value, rate }) => ({ name: value.name, rate })),
    borders: graph.borders,
  };
};

const ratesOf = (places: DropoutDescription, asked: DropoutRate): Partial<DropoutDescription> => {
  if (asked === 'config') return places;
  const rates = Object.entries(places).map(([place, rate]) => [place, rate === null ? null : asked]);
  return Object.fromEntries(rates) as DropoutDescription;
};

const isTable = (graph: ModelGraph, value: Value): boolean => {
  const users = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  return users.length > 0 && users.every(({ operator }) => operator === 'Gather');
};
