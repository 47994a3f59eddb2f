/** Characters and rows that wait in memory at most; a part is written when it has as many. */
const PART_CHARACTERS = 1 << 24;
const PART_ROWS = 10_000;

/** Writes rows in parts of bounded size, `00000.NAME`, `00001.NAME`, …; the first is written even without rows. */
export class PartWriter<T> {
  #rows: T[] = [];
  #characters = 0;
  #parts = 0;
  #written = 0;

  constructor(
    readonly name: string,
    readonly size: (row: T) => number,
    readonly write: (part: string, rows: readonly T[]) => Promise<unknown>,
  ) {}

  async add(row: T): Promise<void> {
    this.#rows.push(row);
    this.#characters += this.size(row);
    if (this.#rows.length === PART_ROWS || this.#characters >= PART_CHARACTERS) await this.#flush();
  }

  /** @returns The count of rows. */
  async finish(): Promise<number> {
    if (this.#rows.length > 0 || this.#parts === 0) await this.#flush();
    return this.#written;
  }

  async #flush(): Promise<void> {
    await this.write(`${String(this.#parts++).padStart(5, '0')}.${this.name}`, this.#rows);
    this.#written += this.#rows.length;
    this.#rows = [];
    this.#characters = 0;
  }
}
