import type { IndexedFile } from './target.js';

/** Values by a file and a name in it: two look-ups cost less than one of a text put together for it. */
export class FileTable<T> {
  readonly #tables = new Map<IndexedFile, Map<string, T>>();
  /** Values in all. */
  size = 0;

  get(file: IndexedFile, name: string): T | undefined {
    return this.#tables.get(file)?.get(name);
  }

  set(file: IndexedFile, name: string, value: T): void {
    let table = this.#tables.get(file);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(file, table);
    }
    this.size -= table.size;
    table.set(name, value);
    this.size += table.size;
  }

  clear(): void {
    this.#tables.clear();
    this.size = 0;
  }
}
