import type { Embedder } from '../annotation/index.js';
import { type FlatTree, flattenTree, treeEditDistanceWithin, UndecidedDistanceError } from '../ast/index.js';
import { checkOptions, checkPositiveInteger, type DenseMatrix, type OptionNames } from '../numerics/index.js';
import { type LanguageId, type LoadLanguageOptions, loadLanguage } from '../syntax/index.js';
import { cloneJudge } from './clone-judge.js';
import type { Judge, JudgeVerdict } from './judge.js';

/** Texts that a candidate and a query are ranked among. */
export interface AgreementPool {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
}

/** Options of {@link agreementJudge}. */
export interface AgreementJudgeOptions extends LoadLanguageOptions {
  /** The last place that each teacher may give: the candidate among the documents, the query among the queries. @defaultValue 3 */
  readonly rank?: number;
  /**
   * A candidate whose tree is this close to the positive's and that is no clone of it is an edit of it, which teachers cannot
   * tell from the original: it is kept. d / (n₁ + n₂), in [0, 1]. @defaultValue 0.1
   */
  readonly editRatio?: number;
  /** Smaller trees are neither clones nor edits: they are similar by chance. Named nodes. @defaultValue 20 */
  readonly minNodes?: number;
}

const OPTIONS: OptionNames<AgreementJudgeOptions> = {
  rank: true,
  editRatio: true,
  minNodes: true,
  from: true,
};

type Role = 'query' | 'document';

const rowsOf = ({ data, rows, columns }: DenseMatrix): Float32Array[] =>
  Array.from({ length: rows }, (_, row) =>
    Float32Array.from(data.subarray(row * columns, (row + 1) * columns)),
  );

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** A teacher with the pool embedded once, when it is first asked. */
const rankedBy = (teacher: Embedder, pool: AgreementPool) => {
  const embedAll = async (texts: readonly string[], role: Role) =>
    rowsOf(await teacher.embed(texts, { role }));
  let pools: Promise<Record<Role, Float32Array[]>> | null = null;
  const open = async () => ({
    query: await embedAll(pool.queries, 'query'),
    document: await embedAll(pool.documents, 'document'),
  });
  const known = {
    query: new Map<string, Promise<Float32Array>>(),
    document: new Map<string, Promise<Float32Array>>(),
  };
  const places = {
    query: new Map(pool.queries.map((text, i) => [text, i])),
    document: new Map(pool.documents.map((text, i) => [text, i])),
  };
  const vectorOf = (text: string, role: Role, all: Record<Role, Float32Array[]>): Promise<Float32Array> => {
    const place = places[role].get(text);
    if (place !== undefined) return Promise.resolve(all[role][place]!);
    const asked =
      known[role].get(text) ??
      embedAll([text], role).then(
        ([row]) => row!,
        (error) => {
          known[role].delete(text);
          throw error;
        },
      );
    known[role].set(text, asked);
    return asked;
  };
  const placeAmong = (asker: Float32Array, own: number, others: readonly Float32Array[]): number =>
    1 + others.filter((other) => dot(asker, other) > own).length;
  return {
    name: teacher.name,
    /** Of a document for a query and of the query for the document, from 1; equals do not come before. */
    async ranks(query: string, document: string) {
      // A teacher that failed once is asked again.
      pools ??= open().catch((error) => {
        pools = null;
        throw error;
      });
      const all = await pools;
      const [q, d] = [await vectorOf(query, 'query', all), await vectorOf(document, 'document', all)];
      const own = dot(q, d);
      return { document: placeAmong(q, own, all.document), query: placeAmong(d, own, all.query) };
    },
  };
};

/**
 * A judge that needs no chat model: a candidate answers a query if independent teachers agree that it does.
 *
 * In this order: a clone of the positive up to renaming is accepted ({@link cloneJudge}); a candidate that is the positive but for
 * small edits is kept, for embeddings do not see a turned operator; any other is accepted if each teacher ranks it among the first
 * `rank` documents of the pool for the query, and the query among the first `rank` queries for it.
 *
 * Teachers should differ in what they were trained on. The larger the pool, the stricter the same rank: calibrate it with
 * `plantNegatives` on functions like yours.
 *
 * @param teachers One or more; vectors of unit length.
 * @param pool Docstrings and codes of the corpus, or a random share of them, each text once.
 * @throws {RangeError} When there is no teacher, the pool is empty, or an option is out of range.
 *
 * Time for each case: O(pool · dimensions) for each teacher, and one pass through it for a text outside the pool. Memory: the pool's
 * vectors.
 *
 * @example
 * ```ts
 * import type { Embedder } from 'oasis-embed/annotation';
 * import { agreementJudge } from 'oasis-embed/refinement';
 * const words = ['sum', 'sort', 'total'];
 * // Stands for a model: which of three words a text has.
 * const teacher: Embedder = {
 *   name: 'words',
 *   embed: async (texts) => ({
 *     data: Float32Array.from(texts.flatMap((text) => words.map((word) => Number(text.includes(word))))),
 *     rows: texts.length,
 *     columns: words.length,
 *   }),
 * };
 * const pool = { queries: ['sum of all', 'sort it'], documents: ['const sum = (a) => a;', 'const sort = (a) => a;'] };
 * const judge = agreementJudge([teacher], pool, { rank: 1 });
 * const languages = { positiveLanguage: 'javascript', candidateLanguage: 'javascript' } as const;
 * const { outcome } = await judge.decide(
 *   { query: 'sum of all', positive: pool.documents[0]!, candidate: 'let sum = 0;', treeRatio: Number.NaN, ...languages },
 *   { seed: 0 },
 * );
 * console.log(outcome); // raise
 * ```
 */
export const agreementJudge = (
  teachers: readonly Embedder[],
  pool: AgreementPool,
  options: AgreementJudgeOptions = {},
): Judge => {
  checkOptions('agreementJudge', options, OPTIONS);
  const { rank = 3, editRatio = 0.1, minNodes = 20, ...loading } = options;
  if (teachers.length === 0) throw new RangeError('teachers must not be empty');
  for (const side of ['queries', 'documents'] as const)
    if (pool[side].length === 0) throw new RangeError(`pool.${side} must not be empty`);
  checkPositiveInteger('rank', rank);
  checkPositiveInteger('minNodes', minNodes);
  if (!(editRatio >= 0 && editRatio <= 1))
    throw new RangeError(`editRatio must be in [0, 1], received ${editRatio}`);

  const clones = cloneJudge({ minNodes, ...loading });
  const ranked = teachers.map((teacher) => rankedBy(teacher, pool));
  const trees = new Map<string, FlatTree | null>();
  const treeOf = async (code: string, language: LanguageId | null): Promise<FlatTree | null> => {
    if (language === null) return null;
    const key = `${language}\n${code}`;
    if (!trees.has(key)) {
      const parser = await loadLanguage(language, loading);
      const tree = parser.withSnippet(code, (cursor, { hasError }) =>
        hasError ? null : flattenTree(cursor),
      );
      trees.set(key, tree !== null && tree.size >= minNodes ? tree : null);
    }
    return trees.get(key)!;
  };
  const isEdit = (a: FlatTree | null, b: FlatTree | null): boolean => {
    if (a === null || b === null) return false;
    try {
      return treeEditDistanceWithin(a, b, editRatio * (a.size + b.size)) < Number.POSITIVE_INFINITY;
    } catch (error) {
      // Too large and too far apart to tell: no small edit.
      if (error instanceof UndecidedDistanceError) return false;
      throw error;
    }
  };
  const keep = (note: string): JudgeVerdict => ({ outcome: 'keep', note });

  return {
    name: `agreement of ${teachers.map(({ name }) => name).join(' and ')} (rank ${rank} of ${pool.documents.length}, edits ${editRatio})`,
    async decide(judgeCase, running) {
      const { query, positive, candidate, positiveLanguage, candidateLanguage } = judgeCase;
      const sameLanguage = positiveLanguage === candidateLanguage;
      if (positive !== null && sameLanguage) {
        const verdict = await clones.decide(judgeCase, running);
        if (verdict.outcome === 'raise') return verdict;
        const [ours, theirs] = [
          await treeOf(positive, positiveLanguage),
          await treeOf(candidate, candidateLanguage),
        ];
        if (isEdit(ours, theirs)) return keep('the positive with small edits');
      }
      const found: string[] = [];
      for (const teacher of ranked) {
        const { document, query: back } = await teacher.ranks(query, candidate);
        if (document > rank || back > rank)
          return keep(`${teacher.name} ranks it ${document} for the query and the query ${back} for it`);
        found.push(`${document} and ${back}`);
      }
      return { outcome: 'raise', note: `ranks by teacher: ${found.join('; ')}` };
    },
  };
};
