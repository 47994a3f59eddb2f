import type { MissedDocument, ResolvedRelevance, RetrievalTask, RetrievalText } from './retrieval-task.js';

type Label = Pick<RetrievalText, 'id' | 'key'>;

/**
 * Finds out what is relevant to what while documents stream by. Kept are queries, and of the documents only the
 * indices of those that a query or the qrels name: memory O(Q + P) regardless of the number of documents.
 */
export class RelevanceBuilder<L extends Label = Label> {
  readonly #task: RetrievalTask;
  /** The queries; where these are the documents, as many as have been added. */
  readonly queries: readonly L[];
  readonly #own: L[] | null;
  /** The documents of each key that a query has. */
  readonly #byKey = new Map<string, number[]>();
  /** The documents that the qrels name; −1 until they come. */
  readonly #judged = new Map<string, number>();
  /** The documents with the id of a query. */
  readonly #sameId = new Map<string, number>();
  #count = 0;

  /**
   * @param queries None where the documents are the queries.
   * @throws RangeError when the qrels name a query that is not there.
   */
  constructor(task: RetrievalTask, queries: readonly L[] | null) {
    this.#task = task;
    this.#own = queries === null ? [] : null;
    this.queries = queries ?? this.#own!;
    if (queries !== null) {
      this.#queryIndices();
      for (const { id, key } of queries) {
        if (task.qrels === undefined) this.#byKey.set(key, []);
        if (task.ignoreIdenticalIds) this.#sameId.set(id, -1);
      }
    }
    for (const grades of task.qrels?.values() ?? []) for (const id of grades.keys()) this.#judged.set(id, -1);
  }

  /** @returns Whether some query may have this document, the next one, as an answer. */
  add(label: L): boolean {
    const index = this.#count++;
    const { qrels } = this.#task;
    if (this.#own !== null) {
      this.#own.push(label);
      if (qrels === undefined && !this.#byKey.has(label.key)) this.#byKey.set(label.key, []);
    } else if (this.#sameId.has(label.id)) this.#sameId.set(label.id, index);
    if (qrels === undefined) return this.#byKey.get(label.key)?.push(index) !== undefined;
    if (!this.#judged.has(label.id)) return false;
    this.#judged.set(label.id, index);
    return true;
  }

  #queryIndices(): Map<string, number> {
    const { name, qrels } = this.#task;
    const indices = new Map<string, number>();
    if (qrels === undefined) return indices;
    this.queries.forEach(({ id }, q) => {
      indices.set(id, q);
    });
    for (const [id, grades] of qrels) {
      if (indices.has(id)) continue;
      const [document = ''] = grades.keys();
      throw new RangeError(
        `${this.#place(id, document)}${name}: the qrels name query ${id}, which is not there`,
      );
    }
    return indices;
  }

  #place(query: string, document: string): string {
    const { qrelPlace } = this.#task;
    return qrelPlace === undefined ? '' : `${qrelPlace(query, document)}: `;
  }

  /** @throws RangeError when the qrels name a document, or a query, that is not there. */
  finish(): ResolvedRelevance {
    const { name, qrels, selfRetrieval, ignoreIdenticalIds, missingDocuments } = this.#task;
    const missed: MissedDocument[] = [];
    const query: number[] = [];
    const document: number[] = [];
    const gain: number[] = [];
    const push = (q: number, d: number, grade: number) => {
      query.push(q);
      document.push(d);
      gain.push(grade);
    };
    if (qrels === undefined) {
      this.queries.forEach(({ key }, q) => {
        for (const d of this.#byKey.get(key)!) if (!(selfRetrieval && d === q)) push(q, d, 1);
      });
    } else {
      const indices = this.#queryIndices();
      for (const [queryId, grades] of qrels) {
        for (const [documentId, grade] of grades) {
          const d = this.#judged.get(documentId)!;
          if (d < 0 && missingDocuments === 'miss') {
            missed.push({ query: indices.get(queryId)!, document: documentId, gain: grade });
            continue;
          }
          if (d < 0) {
            throw new RangeError(
              `${this.#place(queryId, documentId)}${name}: the qrels name document ${documentId}, which is not there`,
            );
          }
          push(indices.get(queryId)!, d, grade);
        }
      }
    }
    const relevance = { query: Uint32Array.from(query), document: Uint32Array.from(document), gain };
    const hidden: [number, number][] = selfRetrieval
      ? this.queries.map((_, i) => [i, i])
      : ignoreIdenticalIds
        ? this.queries.flatMap(({ id }, q): [number, number][] => {
            const d = this.#sameId.get(id)!;
            return d < 0 ? [] : [[q, d]];
          })
        : [];
    return {
      relevance,
      ...(hidden.length === 0
        ? {}
        : { exclude: { query: hidden.map(([q]) => q), document: hidden.map(([, d]) => d) } }),
      ...(missed.length === 0 ? {} : { missed }),
    };
  }
}
