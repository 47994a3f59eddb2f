/** Tables larger than this many cells are refused: 1 GiB of 32-bit numbers. */
export const maximumTableCells = 2 ** 28;

/** What each scratch table may keep between calls. */
export const retainedBytes = 2 ** 24;

type TableArray = Int32Array | Uint16Array | Float64Array;

const releases: (() => void)[] = [];

/** Has `release` called whenever `releaseLargeTables` is. */
export const onRelease = (release: () => void): void => {
  releases.push(release);
};

/** A table that is reused from call to call, so that small calls allocate nothing. */
export class ScratchTable<A extends TableArray> {
  readonly #create: (length: number) => A;
  #array: A;

  constructor(create: (length: number) => A) {
    this.#create = create;
    this.#array = create(0);
    onRelease(() => this.release());
  }

  /** At least `length` long; contents are lost when it grows. */
  reserve(length: number): A {
    if (this.#array.length >= length) return this.#array;
    const doubled = Math.min(this.#array.length * 2, retainedBytes / this.#array.BYTES_PER_ELEMENT);
    // The old array goes first, so that the two never stand side by side.
    this.#array = this.#create(0);
    this.#array = this.#create(Math.max(length, doubled));
    return this.#array;
  }

  /** Gives a large array back to the garbage collector. */
  release(): void {
    if (this.#array.byteLength > retainedBytes) this.#array = this.#create(0);
  }
}

export const int32Table = (): ScratchTable<Int32Array> =>
  new ScratchTable<Int32Array>((length) => new Int32Array(length));
export const uint16Table = (): ScratchTable<Uint16Array> =>
  new ScratchTable<Uint16Array>((length) => new Uint16Array(length));
export const float64Table = (): ScratchTable<Float64Array> =>
  new ScratchTable<Float64Array>((length) => new Float64Array(length));

/** Lets go of every large scratch table: called when a public call ends, so that one large pair leaves nothing behind. */
export const releaseLargeTables = (): void => {
  for (const release of releases) release();
};

/** At least `length` long; contents are lost when it grows. For arrays that stay small. */
export const growInt32 = (array: Int32Array, length: number): Int32Array =>
  array.length >= length ? array : new Int32Array(Math.max(length, array.length * 2));

export const fitsTable = (rows: number, columns: number): boolean => rows * columns <= maximumTableCells;

/** Throws when the tables of two trees of these sizes would not fit. */
export const checkTable = (rows: number, columns: number): void => {
  if (!fitsTable(rows, columns)) {
    throw new RangeError(
      `a and b must need tables of at most ${maximumTableCells} cells after equal parts are set aside, ` +
        `received ${rows} × ${columns}`,
    );
  }
};
