import { describe, expect, it } from 'vitest';
import { freeBuffer } from '../../src/onnx/engine/free-buffer.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { leavesUncopied } from '../../src/onnx/engine/uncopied-outputs.js';
import { GraphBuilder } from '../../src/onnx/graph/graph-builder.js';
import { add, mul } from '../../src/onnx/graph/operators.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../src/onnx/index.js';

const MIB = 2 ** 20;
const held = () => process.memoryUsage().arrayBuffers;

describe('memory that is given back', () => {
  it('is free at once, without the garbage collector', () => {
    const buffers = Array.from({ length: 4 }, () => new ArrayBuffer(32 * MIB));
    const before = held();
    for (const buffer of buffers) freeBuffer(buffer);
    expect(held()).toBeLessThanOrEqual(before - 128 * MIB);
    expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0, 0]);
  });

  it('may be given back twice, and stays where it is not ours', () => {
    const buffer = new ArrayBuffer(8);
    freeBuffer(buffer);
    freeBuffer(buffer);
    const shared = new SharedArrayBuffer(8);
    freeBuffer(shared);
    expect(shared.byteLength).toBe(8);
  });

  it('leaves no copies of outputs that are written to arrays', async () => {
    const size = 4 * MIB;
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [size]);
    const sum = add(graph, x, x);
    const session = await GraphSession.create(await loadOnnxRuntime(), graph.build([sum]), { arena: false });
    const [feeds, target] = [new Map([['x', new Float32Array(size).fill(2)]]), new Float32Array(size)];
    const before = held();
    for (let i = 1; i <= 4; i++) {
      const found = await session.run(feeds, {}, new Map([[sum.name, target]]));
      expect(found.get(sum.name)).toBe(target);
      // One copy is 16 MiB.
      expect(held() - before).toBeLessThan(8 * MIB);
    }
    expect([target[0], target[size - 1]]).toEqual([4, 4]);
    await session.close();
  });

  it('is not taken for copies where a session makes none', async () => {
    const size = 4 * MIB;
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [size]);
    const [sum, product] = [add(graph, x, x), mul(graph, x, x)];
    const runtime = await loadOnnxRuntime();
    expect(await leavesUncopied(runtime)).toBe(true);
    const built = graph.build([sum, product]);
    const session = await GraphSession.create(runtime, built, { arena: false, uncopied: true });
    const [feeds, target] = [new Map([['x', new Float32Array(size).fill(3)]]), new Float32Array(size)];
    const before = held();
    const found = await session.run(feeds, {}, new Map([[sum.name, target]]));
    // The other output's own array is 16 MiB.
    expect(held() - before).toBeLessThan(24 * MIB);
    expect(found.get(sum.name)).toBe(target);
    expect([target[0], target[size - 1]]).toEqual([6, 6]);
    expect([found.get(product.name)![0], found.get(product.name)![size - 1]]).toEqual([9, 9]);
    await session.close();
  });

  it('is copied by a runtime that does not stop before its copies', async () => {
    const runtime = await loadOnnxRuntime();
    const careless: OnnxRuntime = {
      ...runtime,
      async createSession(model, options) {
        const session = await runtime.createSession(model, options);
        return Object.assign(Object.create(session), {
          run: async () => ({}),
          release: () => session.release(),
        });
      },
    };
    expect(await leavesUncopied(careless)).toBe(false);
  });

  it('holds an error of a run that was to make no copies', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['n']);
    const y = graph.input('y', 'float32', ['n']);
    const sum = add(graph, x, y);
    const session = await GraphSession.create(await loadOnnxRuntime(), graph.build([sum]), {
      uncopied: true,
    });
    const feeds = new Map([
      ['x', Float32Array.of(1, 2)],
      ['y', Float32Array.of(1, 2)],
    ]);
    await expect(session.run(feeds, { n: 3 })).rejects.toThrow('x must have shape [3]');
    await session.close();
  });
});
