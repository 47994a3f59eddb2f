import { expect, it } from 'vitest';
import { ModelGraph } from '../../src/onnx/build/model-graph.js';
import { rotaryTables } from '../../src/onnx/build/rotary.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { prunedGraph } from '../../src/onnx/graph/graph.js';
import { loadOnnxRuntime } from '../../src/onnx/index.js';

it('angles of rotary positions are right at every place, without the sines of a device', async () => {
  const [base, size, length] = [10_000, 8, 300];
  const graph = new ModelGraph();
  const { cosines, sines } = rotaryTables(graph, base, size, length);
  const built = prunedGraph(graph.build([cosines, sines]));
  // Those of WebGPU are exact to 2⁻¹¹ alone.
  expect(built.nodes.filter(({ operator }) => operator === 'Sin' || operator === 'Cos')).toEqual([]);
  const session = await GraphSession.create(await loadOnnxRuntime(), built, { threads: 1 });
  const ids = new BigInt64Array(length);
  const found = await session.run(new Map([['input_ids', ids]]), { batch: 1, length });
  await session.close();
  for (let place = 0; place < length; place++) {
    for (let feature = 0; feature < size; feature++) {
      const angle = place * base ** ((-2 * (feature % (size / 2))) / size);
      const at = place * size + feature;
      // A float32 angle of 300 is known to 1.5e-5.
      expect(Math.abs(Number(found.get(cosines.name)![at]) - Math.cos(angle))).toBeLessThan(2e-5);
      expect(Math.abs(Number(found.get(sines.name)![at]) - Math.sin(angle))).toBeLessThan(2e-5);
    }
  }
});
