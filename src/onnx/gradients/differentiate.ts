import type { GraphNode, Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { add } from '../graph/operators.js';
import { gatherRowGradients } from './gather.js';
import type { RowGradients } from './gradient-rule.js';
import { GRADIENT_RULES } from './index.js';

export interface Gradients {
  /** The gradient of each value that was asked for and that the result depends on. */
  readonly dense: ReadonlyMap<Value, Value>;
  /** That of tables in `byRows`, one entry for each place where rows are looked up. */
  readonly rows: ReadonlyMap<Value, readonly RowGradients[]>;
}

/**
 * Adds to a graph the nodes that carry the gradient of a result back to other values (reverse mode): each operator's own
 * rule, from the last node to the first, where a way leads from the values asked for to the result.
 *
 * @param result What the graph computes.
 * @param gradient Of some loss with respect to `result`, of its shape.
 * @param of The values whose gradients are asked for.
 * @param byRows Those of `of` whose gradient is left as the rows that were looked up: a table of words is mostly zeros.
 * @throws Error naming an operator whose gradient is not known.
 */
export const differentiate = (
  graph: GraphBuilder,
  result: Value,
  gradient: Value,
  of: readonly Value[],
  byRows: ReadonlySet<Value> = new Set(),
): Gradients => {
  const nodes = [...graph.nodes];
  const depends = new Set<Value>(of);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((value) => value !== null && depends.has(value))) continue;
    for (const output of outputs) if (output.type === 'float32') depends.add(output);
  }
  const total = new Map<Value, Value>([[result, gradient]]);
  const rows = new Map<Value, RowGradients[]>();
  const contribute = (value: Value, part: Value) => {
    const sum = total.get(value);
    total.set(value, sum === undefined ? part : add(graph, sum, part));
  };
  const visit = (node: GraphNode) => {
    const dy = total.get(node.outputs[0]!);
    if (dy === undefined) return;
    const wanted = node.inputs.map((value) => value !== null && depends.has(value));
    if (!wanted.includes(true)) return;
    const table = node.inputs[0]!;
    if (node.operator === 'Gather' && byRows.has(table!)) {
      rows.set(table!, [...(rows.get(table!) ?? []), gatherRowGradients(graph, node, dy)]);
      return;
    }
    const rule = GRADIENT_RULES[node.operator];
    if (rule === undefined) throw new Error(`the gradient of the operator ${node.operator} is not known`);
    rule(graph, node, dy, wanted).forEach((part, i) => {
      if (part !== null && wanted[i]) contribute(node.inputs[i]!, part);
    });
  };
  for (const node of nodes.reverse()) visit(node);
  const dense = new Map<Value, Value>();
  for (const value of of) {
    const sum = total.get(value);
    if (sum !== undefined) dense.set(value, sum);
  }
  return { dense, rows };
};
