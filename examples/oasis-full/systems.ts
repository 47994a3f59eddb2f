import { Bm25Index } from 'oasis-embed/benchmarks';
import { type Encoder, encodeTexts, type TokenizedTexts } from 'oasis-embed/encoders';
import {
  bootstrapInterval,
  holmCorrection,
  type Measure,
  pairedRandomizationTest,
  perQueryMeasure,
  type RelevantRanks,
  relevantRanks,
  relevantRanksBy,
} from 'oasis-embed/metrics';
import { subtokens } from 'oasis-embed/syntax';
import type { RetrievalSet } from './retrieval-set.js';

/** The measures reported, by the name people know; the first decides. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  'MRR@1000': 'mrr@1000',
  MAP: 'map',
  'Recall@1': 'recall@1',
  'Recall@5': 'recall@5',
  'Recall@10': 'recall@10',
  'nDCG@10': 'ndcg@10',
};
export const MAIN_MEASURE = 'MRR@1000';

export interface MeasuredValue {
  readonly value: number;
  /** Ends of the 95% bootstrap interval over queries. */
  readonly low: number;
  readonly high: number;
}

export interface SystemResult {
  readonly name: string;
  readonly role: 'trained' | 'untrained' | 'baseline';
  readonly measures: Readonly<Record<string, MeasuredValue>>;
}

export interface Comparison {
  readonly system: string;
  readonly against: string;
  readonly measure: string;
  readonly difference: number;
  /** Two-sided paired randomisation test, Holm-corrected over the comparisons. */
  readonly pValue: number;
}

/** A system with the ranks it gives, before anything is averaged. */
export interface RankedSystem {
  readonly name: string;
  readonly role: SystemResult['role'];
  readonly ranks: RelevantRanks;
}

export const rankByEncoder = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  { queries, documents, relevant }: RetrievalSet,
): Promise<RelevantRanks> =>
  relevantRanks(
    await encodeTexts(encoder, queries, 'query'),
    await encodeTexts(encoder, documents, 'document'),
    relevant,
  );

/** BM25 on the same subtokens that the encoder reads. */
export const rankByBm25 = ({ queries, documents, relevant }: RetrievalSet): RelevantRanks => {
  const index = new Bm25Index(documents.map(subtokens));
  const asked = queries.map(subtokens);
  return relevantRanksBy(
    (query, out) => index.scores(asked[query]!, out),
    { queries: queries.length, documents: documents.length },
    relevant,
  );
};

export const summarizeSystem = ({ name, role, ranks }: RankedSystem, seed: number): SystemResult => ({
  name,
  role,
  measures: Object.fromEntries(
    Object.entries(MEASURES).map(([title, measure]) => {
      const { mean, low, high } = bootstrapInterval(perQueryMeasure(ranks, measure), {
        resamples: 2000,
        seed,
      });
      return [title, { value: mean, low, high }];
    }),
  ),
});

/** The trained system against each of the others on the main measure. */
export const compareSystems = (
  trained: RankedSystem,
  others: readonly RankedSystem[],
  seed: number,
): Comparison[] => {
  const values = (system: RankedSystem) => perQueryMeasure(system.ranks, MEASURES[MAIN_MEASURE]!);
  const own = values(trained);
  const tests = others.map((other) => pairedRandomizationTest(own, values(other), { seed }));
  const adjusted = holmCorrection(tests.map((test) => test.pValue));
  return others.map((other, i) => ({
    system: trained.name,
    against: other.name,
    measure: MAIN_MEASURE,
    difference: tests[i]!.difference,
    pValue: adjusted[i]!,
  }));
};
