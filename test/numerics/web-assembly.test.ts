import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileWasm, createWasmMemory } from '../../src/numerics/index.js';

/**
 * Assembled by hand from the binary format: `(import "env" "memory" (memory 1))` and an exported
 * `load: (i32) -> i32` that reads the word at an address.
 */
const MODULE = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // Types: (i32) -> i32.
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  // Imports: env.memory, one page or more.
  ...[0x02, 0x0f, 0x01, 0x03, ...Buffer.from('env'), 0x06, ...Buffer.from('memory'), 0x02, 0x00, 0x01],
  // One function of that type, exported as `load`.
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x08, 0x01, 0x04, ...Buffer.from('load'), 0x00, 0x00],
  // local.get 0, i32.load, end.
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x28, 0x02, 0x00, 0x0b],
]).toString('base64');

interface Exports {
  readonly load: (address: number) => number;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('compileWasm', () => {
  it('gives every instance the memory it is made with', () => {
    const instantiate = compileWasm<Exports>(MODULE);
    const values = [7, 11].map((value) => {
      const memory = createWasmMemory(1);
      new Int32Array(memory.buffer)[3] = value;
      return instantiate(memory).load(12);
    });
    expect(values).toEqual([7, 11]);
  });

  it('refuses what is no module', () => {
    expect(() => compileWasm(Buffer.from('no module').toString('base64'))).toThrow(/magic/);
  });

  it('throws where WebAssembly is missing', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(() => compileWasm(MODULE)).toThrow(TypeError);
    expect(() => createWasmMemory(1)).toThrow(TypeError);
  });
});

describe('createWasmMemory', () => {
  it('has as many pages as asked for and grows by pages', () => {
    const memory = createWasmMemory(2);
    expect(memory.buffer.byteLength).toBe(2 * 65_536);
    expect(memory.grow(1)).toBe(2);
    expect(memory.buffer.byteLength).toBe(3 * 65_536);
  });

  it('refuses more than an address can reach', () => {
    expect(() => createWasmMemory(65_537)).toThrow();
  });
});
