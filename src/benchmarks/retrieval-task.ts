import type { Measure, RelevancePairs } from '../metrics/index.js';

/** A query or a candidate of a benchmark. */
export interface RetrievalText {
  /** Distinct among the queries and among the documents. */
  readonly id: string;
  readonly text: string;
  /** What the benchmark compares to tell a relevant document: an URL, an index, a class label. */
  readonly key: string;
  /** How the benchmark's prediction files name it, where that is not the id: `url` of a query, `idx` of a candidate. */
  readonly prediction?: string;
  /** Where it was read, for messages: `corpus.jsonl:17`. */
  readonly place?: string;
}

/** A retrieval benchmark whose texts are read on demand. */
export interface RetrievalTask {
  /** As in the paper's tables, such as `CSN Python`. */
  readonly name: string;
  /** The number that the benchmark is known by. */
  readonly measure: Measure;
  /** Reads the queries from the start. */
  queries(): AsyncIterable<RetrievalText>;
  /** Reads the documents from the start. */
  documents(): AsyncIterable<RetrievalText>;
  /** Grades by query id and document id; without them, a document is relevant when its key is the query's. */
  readonly qrels?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Where the qrels name a pair, for messages: `qrels/test.tsv:17`. */
  readonly qrelPlace?: (query: string, document: string) => string;
  /** Whether the queries are the documents, in the same order, each left out of its own ranking. */
  readonly selfRetrieval: boolean;
  /** Whether documents whose id is the query's are left out. */
  readonly ignoreIdenticalIds: boolean;
  /**
   * What becomes of documents that the qrels name and the task lacks.
   * @defaultValue 'refuse'
   */
  readonly missingDocuments?: 'refuse' | 'miss';
  /** Sentences for the reader of the number, such as why identical ids are left out. */
  readonly notes?: readonly string[];
  /** The numbers of queries and documents in the literature, where the benchmark has fixed ones. */
  readonly published?: { readonly queries: number; readonly documents: number };
}

/** What is relevant to what, by index, once the ids and keys of all texts are known. */
export interface ResolvedRelevance {
  readonly relevance: RelevancePairs;
  readonly exclude?: RelevancePairs;
  /** Where missing documents count as misses: those that are relevant and not there, by name. */
  readonly missed?: readonly MissedDocument[];
}

/** A document that the qrels name and the corpus lacks. */
export interface MissedDocument {
  /** Index of the query. */
  readonly query: number;
  readonly document: string;
  readonly gain: number;
}
