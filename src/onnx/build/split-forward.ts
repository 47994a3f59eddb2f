import { type Graph, type GraphNode, prunedGraph, type Value } from '../graph/graph.js';

/** A part of the way from texts to embeddings. */
export interface ForwardStage {
  readonly graph: Graph;
  /** Outputs that the way back needs. */
  readonly kept: readonly Value[];
  /** Outputs that later parts need, and nothing else. */
  readonly passedOn: readonly Value[];
  /** Names of values passed on that no later part needs. */
  readonly lastUses: readonly string[];
}

const inputsOf = ({ inputs }: GraphNode): Value[] => inputs.filter((value) => value !== null);

/**
 * Cuts the way there at the borders of layers: ONNX Runtime hands out a second copy of all that a run returns, which is then
 * that of one layer.
 *
 * A part gets what is kept anyway, and the border below it; what else it needs of parts before it, such as the bias of padding,
 * follows cheaply and is computed again.
 *
 * @param graph To the embeddings and what is kept.
 * @param kept What the way back needs.
 * @param borders What layers begin with.
 */
export const splitForward = (
  graph: Graph,
  kept: ReadonlySet<Value>,
  borders: readonly Value[],
): ForwardStage[] => {
  const isCut = new Set(borders.slice(1));
  const { partOf, parts } = partsOf(graph, isCut);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
  /** Whether it follows in one step from what every part has. */
  const isNear = (value: Value) =>
    inputsOf(producers.get(value)!).every((input) => !producers.has(input) || kept.has(input));
  const comes = (value: Value) => kept.has(value) || (isCut.has(value) && !isNear(value));
  const stages = parts.map((part, p) => {
    const own = new Set(part);
    const given = new Set<Value>();
    const again = new Set<GraphNode>();
    const need = (value: Value) => {
      const node = producers.get(value);
      if (node === undefined || own.has(node)) return;
      if (comes(value)) given.add(value);
      else if (!again.has(node)) {
        again.add(node);
        for (const input of inputsOf(node)) need(input);
      }
    };
    for (const node of part) for (const input of inputsOf(node)) need(input);
    return { own, given, again, p };
  });
  return stages.map(({ own, given, again, p }) => {
    const later = new Set(stages.slice(p + 1).flatMap((stage) => [...stage.given]));
    const made = (values: Iterable<Value>) => [...values].filter((value) => partOf.get(value) === p);
    const passedOn = made(later).filter((value) => !kept.has(value));
    const nodes = graph.nodes.filter((node) => own.has(node) || again.has(node));
    return {
      graph: prunedGraph({
        inputs: [...graph.inputs, ...given],
        constants: graph.constants,
        nodes: nodes.map((node) => (own.has(node) ? node : renamed(node, given))),
        outputs: [...new Set([...made(graph.outputs), ...passedOn])],
      }),
      kept: made(kept),
      passedOn,
      lastUses: [...given].filter((value) => !kept.has(value) && !later.has(value)).map(({ name }) => name),
    };
  });
};

/** The layer that each node belongs to. What stands behind the embeddings belongs where its inputs are made. */
const partsOf = ({ nodes }: Graph, isCut: ReadonlySet<Value>) => {
  const partOf = new Map<Value, number>();
  const parts: GraphNode[][] = [[]];
  const named = nodes.find(({ outputs }) => outputs[0]!.name === 'embeddings')!;
  const end = nodes.findIndex(({ outputs }) => outputs.includes(named.inputs[0]!));
  let current = 0;
  nodes.forEach((node, i) => {
    const behind = Math.max(0, ...inputsOf(node).map((value) => partOf.get(value) ?? 0));
    const part = i <= end ? current : behind;
    parts[part]!.push(node);
    for (const output of node.outputs) partOf.set(output, part);
    if (i < end && node.outputs.some((output) => isCut.has(output))) {
      current += 1;
      parts.push([]);
    }
  });
  return { partOf, parts };
};

/** A node that is run again for one of its results, while another comes as it was. */
export const renamed = (node: GraphNode, given: ReadonlySet<Value>): GraphNode => ({
  ...node,
  outputs: node.outputs.map((value) =>
    given.has(value) ? { ...value, name: `${value.name}-again` } : value,
  ),
});
