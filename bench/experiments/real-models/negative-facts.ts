import {
  type FlatTree,
  flattenTree,
  treeEditDistanceWithin,
  UndecidedDistanceError,
} from '../../../src/ast/index.js';
import { cloneJudge } from '../../../src/refinement/index.js';
import { type LanguageId, loadLanguage } from '../../../src/syntax/index.js';
import type { StoredVectors } from './embed-texts.js';

/** A negative as a judge is asked about it. */
export interface NegativeCase {
  readonly query: string;
  readonly positive: string;
  readonly candidate: string;
  readonly positiveLanguage: LanguageId | null;
  readonly candidateLanguage: LanguageId | null;
}

/** What a teacher says of a negative. */
export interface TeacherFacts {
  /** Of the candidate among the documents of the pool, and of the query among its queries for the candidate. From 1. */
  readonly rank: number;
  readonly back: number;
  /** Cosines of the query with the candidate and with its positive. */
  readonly own: number;
  readonly positive: number;
}

/** All that the rules read: computed once, whatever thresholds are tried. */
export interface NegativeFacts {
  readonly isClone: boolean;
  /** The smallest of {@link EDIT_RATIOS} that the trees are within; infinite beyond them, and for trees of fewer than 20 nodes. */
  readonly edits: number;
  /** In the order of the teachers. */
  readonly teachers: readonly TeacherFacts[];
}

export const EDIT_RATIOS = [0.05, 0.1, 0.2] as const;
const MIN_NODES = 20;

interface Texts {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
}

type Row = Float32Array;

const dot = (a: Row, b: Row): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Vectors by text; lists are kept on disk one by one, so the pool's are read where another experiment has computed them. */
const vectorsOf = async (teacher: StoredVectors, lists: readonly Texts[]) => {
  const rows = { query: new Map<string, Row>(), document: new Map<string, Row>() };
  for (const { queries, documents } of lists)
    for (const [role, texts] of [
      ['query', queries],
      ['document', documents],
    ] as const) {
      const fresh = [...new Set(texts)].filter((text) => !rows[role].has(text));
      if (fresh.length === 0) continue;
      const { data, columns } = await teacher.of(fresh, role);
      fresh.forEach((text, i) => {
        rows[role].set(text, data.subarray(i * columns, (i + 1) * columns));
      });
    }
  return rows;
};

const createTreeReader = () => {
  const trees = new Map<string, FlatTree | null>();
  return async (code: string, language: LanguageId | null): Promise<FlatTree | null> => {
    if (language === null) return null;
    const known = trees.get(code);
    if (known !== undefined) return known;
    const parser = await loadLanguage(language);
    const tree = parser.withSnippet(code, (cursor, { hasError }) => (hasError ? null : flattenTree(cursor)));
    const usable = tree !== null && tree.size >= MIN_NODES ? tree : null;
    trees.set(code, usable);
    return usable;
  };
};

const editsBetween = (a: FlatTree | null, b: FlatTree | null): number => {
  if (a === null || b === null) return Number.POSITIVE_INFINITY;
  const most = EDIT_RATIOS.at(-1)!;
  try {
    const ratio = treeEditDistanceWithin(a, b, most * (a.size + b.size)) / (a.size + b.size);
    return EDIT_RATIOS.find((tried) => ratio <= tried) ?? Number.POSITIVE_INFINITY;
  } catch (error) {
    if (error instanceof UndecidedDistanceError) return Number.POSITIVE_INFINITY;
    throw error;
  }
};

/** The facts of cases, for each list of them. */
export const negativeFacts = async (
  lists: readonly (readonly NegativeCase[])[],
  pool: Texts,
  teachers: readonly StoredVectors[],
): Promise<NegativeFacts[][]> => {
  const vectors: Awaited<ReturnType<typeof vectorsOf>>[] = [];
  for (const teacher of teachers)
    vectors.push(
      await vectorsOf(teacher, [
        pool,
        ...lists.map((list) => ({
          queries: list.map(({ query }) => query),
          documents: list.flatMap(({ positive, candidate }) => [positive, candidate]),
        })),
      ]),
    );
  const clones = cloneJudge();
  const treeOf = createTreeReader();
  const factsOf = async (one: NegativeCase): Promise<NegativeFacts> => {
    const { query, positive, candidate, positiveLanguage, candidateLanguage } = one;
    const sameLanguage = positiveLanguage === candidateLanguage;
    const { outcome } = await clones.decide({ ...one, treeRatio: Number.NaN }, { seed: 0 });
    return {
      isClone: sameLanguage && outcome === 'raise',
      edits: sameLanguage
        ? editsBetween(await treeOf(positive, positiveLanguage), await treeOf(candidate, candidateLanguage))
        : Number.POSITIVE_INFINITY,
      teachers: vectors.map((rows) => {
        const q = rows.query.get(query)!;
        const d = rows.document.get(candidate)!;
        const own = dot(q, d);
        const before = (texts: readonly string[], of: Map<string, Row>, asker: Row) =>
          texts.reduce((count, text) => count + Number(dot(asker, of.get(text)!) > own), 0);
        return {
          rank: 1 + before(pool.documents, rows.document, q),
          back: 1 + before(pool.queries, rows.query, d),
          own,
          positive: dot(q, rows.document.get(positive)!),
        };
      }),
    };
  };
  const found: NegativeFacts[][] = [];
  for (const list of lists) {
    const facts: NegativeFacts[] = [];
    for (const one of list) facts.push(await factsOf(one));
    found.push(facts);
  }
  return found;
};
