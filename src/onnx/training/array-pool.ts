/**
 * Arrays for values that come again with every pass, in other sizes: of a name there are never more than were in use at once,
 * nor larger ones than were asked for.
 */
export class ArrayPool {
  readonly #free = new Map<string, Float32Array[]>();

  /** An array of exactly that length; what stands in it is old. */
  take(name: string, length: number): Float32Array {
    const free = this.#free.get(name) ?? [];
    // Sorted by length: the smallest that is long enough, else a new one in the place of the longest.
    const found = free.findIndex((array) => array.length >= length);
    const array = found < 0 ? undefined : free.splice(found, 1)[0];
    if (array === undefined) free.pop();
    return (array ?? new Float32Array(length)).subarray(0, length);
  }

  /** Gives an array back that was taken under the name. */
  giveBack(name: string, array: Float32Array): void {
    const whole = new Float32Array(array.buffer);
    const free = [...(this.#free.get(name) ?? []), whole].sort((a, b) => a.length - b.length);
    this.#free.set(name, free);
  }
}
