import type { Graph, GraphNode, Value } from '../graph/graph.js';
import { prunedGraph, sameShape } from '../graph/graph.js';
import { sizedShape } from '../graph/sized-shape.js';
import { type ForwardStage, renamed, splitForward } from './split-forward.js';

/** A training graph cut where the loss of the whole batch is computed, and the ways there and back cut into stages. */
export interface SplitGraph {
  /** In the order they run, from ids, mask and weights to the embeddings and what the stages of the way back need. */
  readonly forward: readonly ForwardStage[];
  /** In the order they run, from the gradient of the embeddings to the gradients of the weights. */
  readonly stages: readonly BackwardStage[];
  /** Outputs of `forward` that are inputs of stages. */
  readonly kept: readonly Value[];
}

/** A part of the way back. */
export interface BackwardStage {
  readonly graph: Graph;
  /** Outputs that later stages need. */
  readonly passedOn: readonly Value[];
  /** What no later stage needs any more: names of kept values and of values passed on. */
  readonly lastUses: readonly string[];
}

/** A batch to weigh alternatives by: what is smaller for it is smaller for others. */
const TYPICAL = { batch: 32, length: 128 };

const sizeOf = ({ shape }: Value): number =>
  sizedShape(shape, TYPICAL).reduce((product, size) => product * size, 1);

const sizeOfAll = (values: Iterable<Value>): number =>
  [...values].reduce((sum, value) => sum + sizeOf(value), 0);

const inputsOf = ({ inputs }: GraphNode): Value[] => inputs.filter((value) => value !== null);

/**
 * Cuts a training graph where it first needs the gradient of the embeddings, what comes before at the borders of layers, and
 * what comes then where least is handed on: at the borders of blocks.
 *
 * Of what the way back needs of the way there, the results of matrix products and the sums of residuals are kept; what follows
 * from them by cheap operators (normalization, activation, shares of attention) is computed again by the stage that needs it.
 *
 * @param borders What layers begin with.
 * @param keepsBorders Whether nothing else is kept, and stages of the way back compute layers again.
 */
export const splitGraph = (
  graph: Graph,
  borders: readonly Value[] = [],
  keepsBorders = false,
): SplitGraph => {
  const gradient = graph.inputs.find(({ name }) => name === 'embeddings_gradient');
  if (gradient === undefined) throw new Error('a training graph must have the input embeddings_gradient');
  const { early, late } = byGradient(graph, gradient);
  const isFirst = (value: Value) => value.name === 'embeddings';
  const gradients = graph.outputs.filter((value) => !isFirst(value));
  const producers = new Map(early.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const parts = cutWhereNarrow(late);
  const madeLate = new Set(late.flatMap(({ outputs }) => outputs));
  const needs = parts.map((part) => new Set(part.flatMap(inputsOf).filter((value) => producers.has(value))));
  // Outputs that do not depend on the gradient, such as places in tables, belong to the last stage.
  for (const value of gradients) if (!madeLate.has(value)) needs.at(-1)!.add(value);
  const kept = chooseKept(needs, producers, keepsBorders ? new Set(borders) : anchorsOf(graph));
  const again = needs.map((values) => recomputed(values, kept, producers));
  const inputs = [...graph.inputs, ...kept];
  const stages = parts.map((part, s) => {
    const later = new Set(parts.slice(s + 1).flatMap((other) => other.flatMap(inputsOf)));
    const before = parts.slice(0, s).flatMap((other) => other.flatMap(({ outputs }) => outputs));
    const own = new Set(part.flatMap(({ outputs }) => outputs));
    const passedOn = [...own].filter((value) => later.has(value));
    const isLast = s + 1 === parts.length;
    const outputs = gradients.filter((value) => own.has(value) || (isLast && !madeLate.has(value)));
    return {
      graph: prunedGraph({
        inputs: [...inputs, ...before],
        constants: graph.constants,
        nodes: [...early.filter((node) => again[s]!.has(node)).map((node) => renamed(node, kept)), ...part],
        outputs: [...outputs, ...passedOn],
      }),
      passedOn,
    };
  });
  const there = prunedGraph({ ...graph, nodes: early, outputs: [...graph.outputs.filter(isFirst), ...kept] });
  return {
    forward: splitForward(there, kept, borders),
    stages: withLastUses(stages),
    kept: [...kept],
  };
};

/** The nodes before the gradient of the embeddings is needed, and those after; names for outputs stand right behind what they name. */
const byGradient = ({ nodes }: Graph, gradient: Value) => {
  const late = new Set<Value>([gradient]);
  const early: GraphNode[] = [];
  const after: GraphNode[] = [];
  const aliases = new Map<Value, GraphNode[]>();
  for (const node of nodes) {
    const isLate = inputsOf(node).some((value) => late.has(value));
    if (isLate) for (const output of node.outputs) late.add(output);
    if (isLate && node.operator === 'Identity') {
      const of = node.inputs[0]!;
      aliases.set(of, [...(aliases.get(of) ?? []), node]);
    } else (isLate ? after : early).push(node);
  }
  return {
    early,
    late: after.flatMap((node) => [node, ...node.outputs.flatMap((output) => aliases.get(output) ?? [])]),
  };
};

/** Cuts a list of nodes where hardly more has to be handed on than at its narrowest place. */
const cutWhereNarrow = (nodes: readonly GraphNode[]): GraphNode[][] => {
  const lastUse = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const value of inputsOf(node)) lastUse.set(value, i);
  });
  const widths: number[] = [];
  const open = new Set<Value>();
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) open.add(output);
    for (const value of open) if ((lastUse.get(value) ?? -1) <= i) open.delete(value);
    widths.push(sizeOfAll(open));
  });
  const isProduct = ({ operator }: GraphNode) => operator === 'Gemm';
  // Before the first product stands the pooling: a gradient of texts, not of tokens. The end is no measure either: where
  // nothing is trained below, as with low-rank updates, hardly anything is handed on there.
  const products = nodes.flatMap((node, i) => (isProduct(node) ? [i] : []));
  const narrow = Math.min(...widths.slice(products[0], products[Math.ceil(products.length / 2)]));
  const parts: GraphNode[][] = [[]];
  nodes.forEach((node, i) => {
    parts.at(-1)!.push(node);
    const own = parts.at(-1)!.filter(isProduct).length;
    const isLast = !nodes.slice(i + 1).some(isProduct);
    if (widths[i]! <= 1.25 * narrow && own >= 4 && !isLast) parts.push([]);
  });
  return parts;
};

/**
 * What is dear to compute again, or stands between blocks, so that nothing is followed further back than through one of them:
 * results of products and sums of residuals. A product much larger than its factors, as of queries and keys, is none.
 */
const anchorsOf = (graph: Graph): ReadonlySet<Value> => {
  const embeddings = graph.nodes.find(({ outputs }) => outputs[0]!.name === 'embeddings')!.inputs[0]!;
  const end = graph.nodes.findIndex(({ outputs }) => outputs.includes(embeddings));
  const anchors = new Set<Value>();
  const large = new Set<Value>();
  for (const { operator, inputs: all, outputs } of graph.nodes.slice(0, end + 1)) {
    const result = outputs[0]!;
    const inputs = all.filter((value) => value !== null);
    if (operator === 'Gemm') anchors.add(result);
    else if (operator === 'FusedMatMul')
      (sizeOf(result) <= 1.5 * sizeOfAll(inputs) ? anchors : large).add(result);
    else if (
      operator === 'Add' &&
      inputs.every((one) => !large.has(one) && sameShape(one.shape, result.shape))
    )
      anchors.add(result);
  }
  return anchors;
};

/**
 * What the stages get from the way there: the values that they need, or the anchors these follow from, whichever is smaller.
 * Values that follow from the same anchors, such as the parts of a gated block, are weighed together.
 */
const chooseKept = (
  needs: readonly ReadonlySet<Value>[],
  producers: ReadonlyMap<Value, GraphNode>,
  anchors: ReadonlySet<Value>,
): ReadonlySet<Value> => {
  const kept = new Set<Value>();
  const sources = (value: Value, found = new Set<Value>()): ReadonlySet<Value> => {
    const node = producers.get(value);
    if (node === undefined || kept.has(value)) return found;
    if (anchors.has(value)) found.add(value);
    else for (const input of inputsOf(node)) sources(input, found);
    return found;
  };
  const wanted = new Set(needs.flatMap((values) => [...values]));
  for (const value of wanted) if (anchors.has(value)) kept.add(value);
  const smaller = new Map<string, { readonly all: ReadonlySet<Value>; readonly values: Value[] }>();
  for (const value of wanted) {
    const all = sources(value);
    if (value.type === 'float32' && sizeOfAll(all) > sizeOf(value)) {
      const key = [...all].map(({ name }) => name).join();
      const group = smaller.get(key) ?? { all, values: [] };
      group.values.push(value);
      smaller.set(key, group);
    } else for (const source of all) kept.add(source);
  }
  for (const { all, values } of smaller.values())
    for (const value of sizeOfAll(values) > sizeOfAll(all) ? all : values) kept.add(value);
  return kept;
};

/** The nodes that make values again from what is kept. */
const recomputed = (
  values: Iterable<Value>,
  kept: ReadonlySet<Value>,
  producers: ReadonlyMap<Value, GraphNode>,
): ReadonlySet<GraphNode> => {
  const nodes = new Set<GraphNode>();
  const make = (value: Value) => {
    const node = producers.get(value);
    if (node === undefined || kept.has(value) || nodes.has(node)) return;
    nodes.add(node);
    for (const input of inputsOf(node)) make(input);
  };
  for (const value of values) make(value);
  return nodes;
};

const withLastUses = (stages: readonly Omit<BackwardStage, 'lastUses'>[]): BackwardStage[] => {
  const seen = new Set<string>();
  return stages
    .map((stage) => stage)
    .reverse()
    .map((stage) => {
      const fresh = stage.graph.inputs.map(({ name }) => name).filter((name) => !seen.has(name));
      for (const name of fresh) seen.add(name);
      return { ...stage, lastUses: fresh };
    })
    .reverse();
};
