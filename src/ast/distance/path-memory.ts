import { compileWasm, createWasmMemory, type WasmMemory } from '../../numerics/index.js';
import { onRelease, retainedBytes } from './table-memory.js';

/** Address space, most of it never touched; beyond it other kernels take over. */
const maximumBytes = 2 ** 29;
const pageBytes = 65_536;

/** Up to whole vectors. */
export const align = (bytes: number): number => (bytes + 15) & ~15;

/** An instance of a WebAssembly module with its memory. */
export interface OpenMemory<Kernels> {
  readonly kernels: Kernels;
  /** The memory as 32-bit and as 64-bit numbers; new views of it after `reserve`. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Grows to so many bytes. @throws RangeError when that is more than there may be. */
  reserve(bytes: number): void;
}

/** The memory of a module that is instantiated when first used and let go of when it has become large. */
export class PathMemory<Kernels extends object> {
  readonly #base64: string;
  #instantiate: ((memory: object) => Kernels) | undefined;
  #instance: Instance<Kernels> | null | undefined;

  constructor(base64: string) {
    this.#base64 = base64;
    // The memory of an instance never shrinks: a large one is left to the garbage collector with its instance.
    onRelease(() => {
      if ((this.#instance?.words.byteLength ?? 0) > retainedBytes) this.#instance = undefined;
    });
  }

  /** With room for so many bytes; null where SIMD is missing or forbidden, or so much memory cannot be had. */
  open(bytes: number): OpenMemory<Kernels> | null {
    if (this.#instance === undefined) this.#instance = this.#load();
    if (this.#instance === null || bytes > maximumBytes) return null;
    try {
      this.#instance.reserve(bytes);
    } catch {
      return null;
    }
    return this.#instance;
  }

  #load(): Instance<Kernels> | null {
    try {
      this.#instantiate ??= compileWasm<Kernels>(this.#base64);
      const memory = createWasmMemory(4);
      return new Instance(memory, this.#instantiate(memory));
    } catch {
      return null;
    }
  }
}

class Instance<Kernels> implements OpenMemory<Kernels> {
  readonly kernels: Kernels;
  words: Int32Array;
  doubles: Float64Array;
  readonly #memory: WasmMemory;

  constructor(memory: WasmMemory, kernels: Kernels) {
    this.#memory = memory;
    this.kernels = kernels;
    this.words = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
  }

  reserve(bytes: number): void {
    // A vector that ends with a row may be read a little beyond it.
    const missing = bytes + pageBytes - this.words.byteLength;
    if (missing <= 0) return;
    if (bytes > maximumBytes) {
      throw new RangeError(`a and b must need at most ${maximumBytes} bytes of tables, received ${bytes}`);
    }
    this.#memory.grow(Math.ceil(missing / pageBytes));
    this.words = new Int32Array(this.#memory.buffer);
    this.doubles = new Float64Array(this.#memory.buffer);
  }
}
