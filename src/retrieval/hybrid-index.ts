import type { Bm25fData } from './bm25f-data.js';
import { Bm25fIndex } from './bm25f-index.js';
import { Bm25fPostings } from './bm25f-postings.js';
import { fileUses } from './file-uses.js';
import { nameTerms, pathRole } from './path-signals.js';
import { type RankedFile, rankEntries } from './rank-entries.js';
import type { RankedEntry, RankOptions } from './rank-options.js';
import { type ReadQuestion, readQuestion } from './read-question.js';
import { ENTRY_ROLES, type RetrievalEntry } from './retrieval-entry.js';
import { TermNumbers } from './term-numbers.js';
import { TermRelatives } from './term-relatives.js';

/** A {@link HybridIndex} as plain data, which can be sent to a thread and stored. */
export interface HybridIndexData {
  readonly entries: Bm25fData;
  readonly files: Bm25fData;
  readonly paths: readonly string[];
  /** Of each file how much others use it: see `fileUses`. */
  readonly uses: Float32Array;
  /** The file of each entry, as a number into `paths`. */
  readonly fileOf: Uint32Array;
  /** The role of each entry, as a number. */
  readonly roleOf: Uint8Array;
  readonly names: readonly string[];
  readonly qualifiedNames: readonly string[];
}

const TEXT = ENTRY_ROLES.indexOf('text');

const ENTRY_FIELDS = [
  { name: 'code', weight: 1, b: 0.75 },
  { name: 'doc', weight: 1.5, b: 0.3 },
  { name: 'name', weight: 3, b: 0.3 },
  { name: 'path', weight: 1.5, b: 0.3 },
];

const FILE_FIELDS = [
  { name: 'content', weight: 0.6, b: 0.2 },
  { name: 'name', weight: 1, b: 0.6 },
  { name: 'path', weight: 6, b: 0.3 },
];

/**
 * Entries with fields, searched by words and, where somebody has vectors for them, by meaning.
 *
 * Two {@link Bm25fIndex} indexes, of entries and of the files that they stand in, give the lexical evidence; cosines of a
 * model come as an array with the question. {@link HybridIndex.rank} fuses them by reciprocal ranks and applies what
 * paths, names and the form of the question say.
 *
 * Building takes O(total text) time; about 100 bytes of memory an entry beside the postings.
 *
 * @example
 * ```ts
 * import { HybridIndex } from 'oasis-embed/retrieval';
 * const index = HybridIndex.build([
 *   { path: 'router.js', name: 'match', qualifiedName: 'Router.match', code: 'match(path) { return this.tree.find(path); }' },
 *   { path: 'log.js', name: 'write', code: 'function write(line) { out.write(line); }', doc: 'Writes a line to the log.' },
 * ]);
 * const [best] = index.rank('write to the log', { top: 1 });
 * console.log(best!.entry); // 1
 * ```
 */
export class HybridIndex {
  /** How many entries there are. */
  readonly size: number;
  readonly entries: Bm25fIndex;
  readonly files: Bm25fIndex;
  /** What is known of each file, by its number. */
  readonly fileFacts: readonly RankedFile[];
  /** Terms that are nearly those of a question. */
  readonly relatives: TermRelatives;
  /** Definitions by their name in lower case: a part of a file only bears the name of its file. */
  readonly #named = new Map<string, number[]>();

  private constructor(readonly data: HybridIndexData) {
    this.size = data.names.length;
    this.entries = Bm25fIndex.from(data.entries);
    this.files = Bm25fIndex.from(data.files);
    this.relatives = new TermRelatives(data.entries.terms);
    const counts = new Uint32Array(data.paths.length);
    for (const file of data.fileOf) counts[file]!++;
    const most = Math.log1p(counts.reduce((largest, count) => Math.max(largest, count), 0));
    const mostUses = Math.log1p(data.uses.reduce((largest, uses) => Math.max(largest, uses), 0)) || 1;
    this.fileFacts = data.paths.map((path, file) => ({
      path,
      role: pathRole(path),
      size: Math.log1p(counts[file]!) / most,
      uses: Math.log1p(data.uses[file]!) / mostUses,
      ...nameTerms(path),
    }));
    data.names.forEach((name, entry) => {
      if (data.roleOf[entry] === TEXT) return;
      const key = name.toLowerCase();
      const known = this.#named.get(key);
      if (known === undefined) this.#named.set(key, [entry]);
      else known.push(entry);
    });
  }

  /** An index from what another one had as its `data`. */
  static from(data: HybridIndexData): HybridIndex {
    return new HybridIndex(data);
  }

  /** An index of entries, those of one file one after another. @throws RangeError as {@link HybridIndexBuilder.add} does. */
  static build(entries: Iterable<RetrievalEntry>): HybridIndex {
    const builder = new HybridIndexBuilder();
    for (const entry of entries) builder.add(entry);
    return builder.finish();
  }

  /** Definitions of this name, whatever its case, in their order. */
  named(name: string): readonly number[] {
    return this.#named.get(name.toLowerCase()) ?? [];
  }

  /** Reads a question as {@link HybridIndex.rank} does. */
  read(question: string): ReadQuestion {
    return readQuestion(question);
  }

  /** Whether the index holds any word or name of the question, for a sentence also in another form of the word. */
  knows({ kind, terms, identifiers }: ReadQuestion): boolean {
    return (
      terms.some((term) => this.entries.has(term)) ||
      identifiers.some((parts) => this.named(parts.at(-1)!).length > 0) ||
      (kind === 'sentence' && terms.some((term) => this.relatives.of(term).length > 0))
    );
  }

  /**
   * The best entries for a question, best first, each with what its score is made of.
   *
   * An entry whose name is the question comes first, whatever else matches. None where no word of the question is known
   * and no model speaks.
   *
   * @param options.dense Of each entry the cosine that a model gives it, [N]; without it lexical evidence decides alone.
   * @throws RangeError when `dense` does not have one place for each entry.
   */
  rank(question: string, options: RankOptions): RankedEntry[] {
    return rankEntries(this, readQuestion(question), options);
  }
}

/** Makes a {@link HybridIndex} of entries that come one at a time; their texts are not kept. */
export class HybridIndexBuilder {
  readonly #terms = new TermNumbers();
  readonly #entries = new Bm25fPostings({ fields: ENTRY_FIELDS });
  readonly #files = new Bm25fPostings({ fields: FILE_FIELDS });
  readonly #paths: string[] = [];
  readonly #fileNumbers = new Map<string, number>();
  readonly #fileOf: number[] = [];
  readonly #roleOf: number[] = [];
  readonly #definitions = { terms: [] as number[], files: [] as number[] };
  readonly #names: string[] = [];
  readonly #qualifiedNames: string[] = [];
  /** The file whose entries are coming. */
  #open: {
    readonly key: string;
    readonly path: number[];
    readonly content: number[];
    readonly names: number[];
  } | null = null;

  /**
   * @returns The entry's number.
   * @throws RangeError for an entry of a file that others have come after.
   */
  add({
    repository = '',
    path,
    name,
    qualifiedName = name,
    role = 'function',
    code,
    doc,
  }: RetrievalEntry): number {
    const key = `${repository}\0${path}`;
    if (this.#open?.key !== key) {
      if (this.#fileNumbers.has(key))
        throw new RangeError(`entries of one file must come together, received another of ${path}`);
      this.#closeFile();
      this.#fileNumbers.set(key, this.#paths.push(path) - 1);
      this.#open = { key, path: this.#terms.read(path), content: [], names: [] };
    }
    const { content, names, path: pathTerms } = this.#open!;
    const terms = this.#terms;
    const fields = [terms.read(code), terms.read(doc ?? ''), terms.read(qualifiedName), pathTerms];
    for (const term of fields[0]!) content.push(term);
    for (const term of fields[1]!) content.push(term);
    for (const term of fields[2]!) names.push(term);
    const file = this.#paths.length - 1;
    // The last term of a name is the whole of it.
    const whole = role === 'text' ? undefined : terms.read(name).at(-1);
    if (whole !== undefined) {
      this.#definitions.terms.push(whole);
      this.#definitions.files.push(file);
    }
    this.#fileOf.push(file);
    this.#roleOf.push(ENTRY_ROLES.indexOf(role));
    this.#names.push(name);
    this.#qualifiedNames.push(qualifiedName);
    return this.#entries.add(fields);
  }

  #closeFile(): void {
    if (this.#open === null) return;
    const { content, names, path } = this.#open;
    this.#files.add([content, names, path]);
    this.#open = null;
  }

  finish(): HybridIndex {
    this.#closeFile();
    const { terms } = this.#terms;
    const files = this.#files.finish(terms);
    return HybridIndex.from({
      entries: this.#entries.finish(terms),
      files,
      uses: fileUses(this.#definitions, files),
      paths: this.#paths,
      fileOf: Uint32Array.from(this.#fileOf),
      roleOf: Uint8Array.from(this.#roleOf),
      names: this.#names,
      qualifiedNames: this.#qualifiedNames,
    });
  }
}
