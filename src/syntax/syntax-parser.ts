import type { SyntaxCursor } from './cursor.js';
import type { LanguageDefinition } from './language-definition.js';
import type { LanguageId } from './languages/index.js';
import { LANGUAGES } from './languages/index.js';
import type { ParsedTree, RootedCursor } from './parsed-tree.js';
import { readSyntaxTree, type SyntaxTree } from './syntax-tree.js';
import type { TreeReader } from './web-tree-reader.js';

/** What a snippet's cursor comes with. */
export interface SnippetFacts {
  /** True when the snippet does not parse, even wrapped. */
  readonly hasError: boolean;
  /** UTF-16 units before the snippet in the text that was parsed: subtract it from the cursor's indices. */
  readonly offset: number;
  /** False when no function was found: the cursor then stands at the root of all that was parsed. */
  readonly isFunction: boolean;
}

/** A parser for one language: see {@link loadLanguage}. */
export class SyntaxParser {
  readonly definition: LanguageDefinition;
  readonly #parse: (source: string) => ParsedTree | null;
  readonly #reader: TreeReader | null;

  /**
   * @param language The language that `parse` understands.
   * @param parse Source to tree, or null when the parser gives up. With the native `tree-sitter` binding:
   * `(source) => parser.parse(source, undefined, { bufferSize: 2 * source.length + 2 })`.
   * @param reader Reads whole trees faster than their cursors do.
   * @param definition The language's rules; given for a language that {@link LANGUAGES} doesn't hold.
   */
  constructor(
    readonly language: string,
    parse: (source: string) => ParsedTree | null,
    reader: TreeReader | null = null,
    definition?: LanguageDefinition,
  ) {
    const known =
      definition ?? (Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language as LanguageId] : undefined);
    if (known === undefined)
      throw new RangeError(
        `language must be one of ${Object.keys(LANGUAGES).join(', ')} or come with its definition, received ${language}`,
      );
    this.definition = known;
    this.#parse = parse;
    this.#reader = reader;
  }

  /**
   * Parses a whole file and hands a cursor at its root to `use`; the tree is deleted when `use` returns or
   * throws, so the cursor must not escape.
   */
  withTree<T>(source: string, use: (cursor: SyntaxCursor) => T): T {
    return this.#withTree(source, (tree) => {
      const cursor = tree.walk();
      try {
        return use(cursor);
      } finally {
        cursor.delete?.();
      }
    });
  }

  /**
   * Parses a whole file into typed arrays that outlive the parser's tree. What the grammar is known to stumble over is
   * parsed once more in a form that it understands, and read so if that has fewer errors. Where a file lacks what opens it,
   * it is parsed behind that.
   */
  read(source: string): SyntaxTree {
    const start = this.definition.missingStart?.(source) ?? '';
    if (start !== '') {
      const tree = this.#read(start + source, source);
      for (const places of [tree.starts, tree.ends])
        places.forEach((place, node) => {
          places[node] = Math.max(0, place - start.length);
        });
      return tree;
    }
    return this.#withTree(source, (parsed) => {
      const repaired = parsed.rootNode.hasError ? this.#repair(source) : source;
      if (repaired === source) return this.#readTree(parsed, source);
      const again = this.#read(repaired, source);
      if (again.errors === 0) return again;
      const tree = this.#readTree(parsed, source);
      return again.errors < tree.errors ? again : tree;
    });
  }

  #repair(source: string): string {
    const repaired = this.definition.repairSource?.(source) ?? source;
    if (repaired.length !== source.length)
      throw new Error(
        `repairSource of ${this.language} must keep the length ${source.length}, received ${repaired.length}`,
      );
    return repaired;
  }

  #read(parsed: string, source: string): SyntaxTree {
    return this.#withTree(parsed, (tree) => this.#readTree(tree, source));
  }

  #readTree(tree: ParsedTree, source: string): SyntaxTree {
    const { fieldParents } = this.definition;
    if (this.#reader !== null) return this.#reader(tree, source, fieldParents);
    const cursor = tree.walk();
    try {
      return readSyntaxTree(cursor, source, { fieldParents });
    } finally {
      cursor.delete?.();
    }
  }

  /**
   * Parses a lone function or method as datasets store it and hands a cursor at the function node to `use`.
   *
   * The code is parsed as it is and, only if it then has errors or holds no function, inside what the language
   * needs around a method (a class body, an object literal, `<?php`). If no way is free of errors the first that
   * shows a function wins, and `facts.hasError` is true. The cursor cannot leave the function.
   */
  withSnippet<T>(code: string, use: (cursor: SyntaxCursor, facts: SnippetFacts) => T): T {
    const wrappers = [{ prefix: '', suffix: '' }, ...this.definition.snippetWrappers];
    let chosen = wrappers[0]!;
    let rank = -1;
    for (const wrapper of wrappers) {
      const found = this.#withTree(wrapper.prefix + code + wrapper.suffix, (tree) => {
        const cursor = tree.walk();
        try {
          return (tree.rootNode.hasError ? 0 : 1) + (this.#gotoFunction(cursor) ? 2 : 0);
        } finally {
          cursor.delete?.();
        }
      });
      if (found > rank) {
        rank = found;
        chosen = wrapper;
      }
      if (rank === 3) break;
    }
    return this.#withTree(chosen.prefix + code + chosen.suffix, (tree) => {
      const finder = tree.walk();
      const isFunction = this.#gotoFunction(finder);
      const cursor: RootedCursor | SyntaxCursor = isFunction ? finder.currentNode.walk() : tree.walk();
      try {
        return use(cursor, { hasError: tree.rootNode.hasError, offset: chosen.prefix.length, isFunction });
      } finally {
        finder.delete?.();
        (cursor as Partial<RootedCursor>).delete?.();
      }
    });
  }

  #withTree<T>(source: string, use: (tree: ParsedTree) => T): T {
    const tree = this.#parse(source);
    if (tree === null)
      throw new Error(`the ${this.language} parser gave no tree for ${source.length} units of source`);
    try {
      return use(tree);
    } finally {
      tree.delete?.();
    }
  }

  /** Moves to the first function in pre-order; false, back at the root, when there is none. */
  #gotoFunction(cursor: SyntaxCursor): boolean {
    const { functionKinds } = this.definition;
    let depth = 0;
    for (;;) {
      if (cursor.nodeIsNamed && functionKinds.has(cursor.nodeType)) return true;
      if (cursor.gotoFirstChild()) {
        depth++;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (depth === 0) return false;
        cursor.gotoParent();
        depth--;
        if (depth === 0) return false;
      }
    }
  }
}
