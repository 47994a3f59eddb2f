/**
 * Numbers for label names. Two trees are comparable when they were flattened with the same vocabulary, because
 * only then does an equal id mean an equal name.
 *
 * Names are interned by text, never by a grammar's own symbol ids, which change with grammar versions.
 */
export interface LabelVocabulary {
  /** How many names are known. */
  readonly size: number;
  /** The id of `name`, given out on first sight. */
  id(name: string): number;
  /** The name of `id`. */
  name(id: number): string;
}

/**
 * An empty vocabulary of its own. Use one per corpus when labels hold leaf text, so that the names can be
 * collected with the trees; node types alone are few and the shared vocabulary serves.
 *
 * @example
 * ```ts
 * import { createVocabulary, flattenObject } from 'oasis-embed';
 *
 * const vocabulary = createVocabulary();
 * const tree = flattenObject({ label: 'call', children: [{ label: 'name' }] }, { vocabulary });
 * console.log(tree.size, vocabulary.size); // 2 2
 * ```
 */
export const createVocabulary = (): LabelVocabulary => {
  const ids = new Map<string, number>();
  const names: string[] = [];
  return {
    get size() {
      return names.length;
    },
    id(name) {
      let id = ids.get(name);
      if (id === undefined) {
        id = names.length;
        ids.set(name, id);
        names.push(name);
      }
      return id;
    },
    name(id) {
      const name = names[id];
      if (name === undefined) throw new RangeError(`id must be in [0, ${names.length}), received ${id}`);
      return name;
    },
  };
};

/** The vocabulary of every tree that was flattened without naming one. */
export const sharedVocabulary: LabelVocabulary = createVocabulary();
