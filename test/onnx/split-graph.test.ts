import { describe, expect, it } from 'vitest';
import { splitGraph } from '../../src/onnx/build/split-graph.js';
import { trainingGraph } from '../../src/onnx/build/training-graph.js';
import { sizedShape } from '../../src/onnx/graph/sized-shape.js';
import { lowRankWeights } from '../../src/onnx/training/low-rank-weights.js';
import { configs, smallModel } from './small-models.js';

const sizes = { batch: 32, length: 128 };
const sizeOf = (shape: readonly (number | string)[]) =>
  sizedShape(shape, sizes).reduce((product, size) => product * size, 1);
const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

describe.each(Object.keys(configs))('the training graph of %s, cut', (label) => {
  const model = smallModel(label);
  const { graph, borders } = trainingGraph(model, { tablesByRows: true });
  const { forward, stages, kept } = splitGraph(graph, borders);
  const outputs = stages.flatMap((stage) => stage.graph.outputs);

  it('gives every output of the whole once', () => {
    const between = new Set([...kept, ...[...forward, ...stages].flatMap((stage) => stage.passedOn)]);
    const names = [...forward.flatMap((stage) => stage.graph.outputs), ...outputs]
      .filter((value) => !between.has(value))
      .map(({ name }) => name);
    expect(names.sort()).toEqual(graph.outputs.map(({ name }) => name).sort());
  });

  it('goes there layer by layer, each with what is kept, the border below it and nothing else', () => {
    expect(forward.length).toBe(model.transformer.layers.length);
    const known = new Set(graph.inputs);
    for (const stage of forward) {
      for (const input of stage.graph.inputs) expect(known.has(input), input.name).toBe(true);
      for (const value of [...stage.kept, ...stage.passedOn]) known.add(value);
      expect(stage.passedOn.length).toBeLessThanOrEqual(1);
    }
    // The products of a layer are computed once.
    const products = forward.flatMap(({ graph: { nodes } }) =>
      nodes.filter(({ operator }) => operator === 'Gemm').map(({ outputs: [y] }) => y!.name),
    );
    expect(new Set(products).size).toBe(products.length);
    expect(forward.flatMap((stage) => stage.kept).sort(byName)).toEqual([...kept].sort(byName));
    const dropped = forward.flatMap(({ lastUses }) => lastUses);
    expect(dropped.sort()).toEqual(
      forward.flatMap(({ passedOn }) => passedOn.map(({ name }) => name)).sort(),
    );
  });

  it('asks in each part only for inputs, what the way there kept and what earlier parts handed on', () => {
    const known = new Set([...graph.inputs, ...kept]);
    for (const stage of stages) {
      for (const input of stage.graph.inputs) expect(known.has(input), input.name).toBe(true);
      for (const value of stage.passedOn) known.add(value);
    }
    // Each value is dropped once, by the last part that reads it.
    const dropped = stages.flatMap(({ lastUses }) => lastUses);
    expect(new Set(dropped).size).toBe(dropped.length);
    for (const value of [...kept, ...stages.flatMap(({ passedOn }) => passedOn)])
      expect(dropped).toContain(value.name);
  });

  it('keeps no more of a layer than its results of products and sums', () => {
    const { layers, width } = model.transformer;
    // In widths of a token: queries and keys, as they are and turned, values, what attention makes of them, the inner
    // vectors, three sums, and the embeddings below. Attention’s shares alone would be 16 a layer or more.
    const inner = Math.max(...layers.map(({ attention: a }) => a.heads * a.headSize)) / width;
    const block =
      Math.max(...layers.map(({ feedForward: f }) => (f.kind === 'plain' ? 1 : 2) * f.down.inputs)) / width;
    const turned = layers.some(({ attention: { rotary } }) => rotary !== null) ? 2 : 0;
    const bound = layers.length * ((4 + turned) * inner + block + 3) + 3;
    const tokens = sizes.batch * sizes.length;
    const held = kept.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(held / (tokens * width)).toBeLessThanOrEqual(bound);
    expect(stages.length).toBeGreaterThan(1);
  });

  it('is cut as often where low-rank updates alone are trained', () => {
    const low = lowRankWeights(model, { rank: 2 }, 0);
    const options = { updates: low.updates, trained: (name: string) => low.shapes.has(name) };
    const adapted = trainingGraph(model, options);
    const parts = splitGraph(adapted.graph, adapted.borders).stages;
    expect(parts.length).toBeGreaterThanOrEqual(model.transformer.layers.length);
  });
});
