import { agreementJudge, isFalseNegative } from '../../../src/refinement/index.js';
import { type AgreementData, plantedOf, prepared } from './measure-agreement.js';
import type { TrainingPairs } from './training-pairs.js';

/** As the run raises: a label just above that of its positive. */
const DELTA = 0.05;
/** Neither of those that the judge was calibrated on. */
const SEED = 3;

export interface PlantedPairs {
  /** Training data by what was done to the planted false negatives. */
  readonly variants: ReadonlyMap<string, TrainingPairs>;
  readonly planted: readonly string[];
  readonly summary: string;
}

/**
 * Planted negatives, false and true, as further negatives of their docstrings: labeled by the second teacher, then raised where the
 * judge of both accepts them, raised where they are false, or the false ones left out.
 */
export const plantedPairs = async ({
  labeled,
  ...data
}: Omit<AgreementData, 'pairs'> & { readonly labeled: TrainingPairs }): Promise<PlantedPairs> => {
  const { functions } = data;
  const { kind, query, code, language } = await plantedOf(data, SEED);
  const queryOf = new Map(labeled.queries.map((text, i) => [text, i]));
  const documentOf = new Map(labeled.documents.map((text, i) => [text, i]));
  const labelOf = new Map<number, number>();
  const { pairs } = labeled;
  for (let pair = 0; pair < pairs.query.length; pair++)
    if (pairs.positive[pair])
      labelOf.set(
        pairs.query[pair]!,
        Math.max(labelOf.get(pairs.query[pair]!) ?? 0, pairs.similarity[pair]!),
      );

  const documents = [...labeled.documents];
  const added: { q: number; d: number; isFalse: boolean; accepted: boolean; place: number }[] = [];
  const taken = new Set(Array.from(pairs.query, (q, pair) => `${q} ${pairs.document[pair]}`));
  const lists = { queries: labeled.queries, documents: [labeled.documents, code] };
  const teachers = [];
  for (const teacher of data.teachers) teachers.push(await prepared(teacher, lists));
  const judge = agreementJudge(teachers, { queries: labeled.queries, documents: labeled.documents });
  for (let i = 0; i < kind.length; i++) {
    const fn = functions[query[i]!]!;
    const q = queryOf.get(fn.docstring);
    if (q === undefined) continue;
    let d = documentOf.get(code[i]!);
    if (d === undefined) {
      d = documents.push(code[i]!) - 1;
      documentOf.set(code[i]!, d);
    }
    if (taken.has(`${q} ${d}`)) continue;
    taken.add(`${q} ${d}`);
    const languages = { positiveLanguage: fn.language, candidateLanguage: language[i]! };
    const { outcome } = await judge.decide(
      { query: fn.docstring, positive: fn.code, candidate: code[i]!, treeRatio: Number.NaN, ...languages },
      { seed: 0 },
    );
    added.push({ q, d, isFalse: isFalseNegative(kind[i]!), accepted: outcome === 'raise', place: i });
  }

  const embedder = teachers.at(-1)!;
  const queries = await embedder.embed(
    added.map(({ q }) => labeled.queries[q]!),
    { role: 'query' },
  );
  const codes = await embedder.embed(
    added.map(({ d }) => documents[d]!),
    { role: 'document' },
  );
  const own = added.map((_, i) => {
    let cosine = 0;
    for (let k = 0; k < queries.columns; k++)
      cosine += queries.data[i * queries.columns + k]! * codes.data[i * codes.columns + k]!;
    return (1 + cosine) / 2;
  });
  const variant = (
    label: (i: number) => number,
    keep: (i: number) => boolean = () => true,
  ): TrainingPairs => {
    const kept = added.map((_, i) => i).filter(keep);
    return {
      queries: labeled.queries,
      documents,
      pairs: {
        query: Uint32Array.from([...Array.from(pairs.query), ...kept.map((i) => added[i]!.q)]),
        document: Uint32Array.from([...Array.from(pairs.document), ...kept.map((i) => added[i]!.d)]),
        positive: Uint8Array.from([...Array.from(pairs.positive, Number), ...kept.map(() => 0)]),
        similarity: Float32Array.from([...Array.from(pairs.similarity), ...kept.map(label)]),
      },
    };
  };
  const raised = (i: number) => Math.min(1 - 2 ** -24, (labelOf.get(added[i]!.q) ?? own[i]!) + DELTA);
  const count = (test: (one: (typeof added)[number]) => boolean) => added.filter(test).length;
  return {
    planted: documents.slice(labeled.documents.length),
    summary:
      `${count(({ isFalse }) => isFalse)} false and ${count(({ isFalse }) => !isFalse)} true negatives planted among ` +
      `${pairs.query.length} pairs; the judge accepts ${count(({ isFalse, accepted }) => isFalse && accepted)} and ` +
      `${count(({ isFalse, accepted }) => !isFalse && accepted)}`,
    variants: new Map([
      ['as labeled', variant((i) => own[i]!)],
      ['raised by the judge', variant((i) => (added[i]!.accepted ? raised(i) : own[i]!))],
      ['raised by the truth', variant((i) => (added[i]!.isFalse ? raised(i) : own[i]!))],
      [
        'without the false ones',
        variant(
          (i) => own[i]!,
          (i) => !added[i]!.isFalse,
        ),
      ],
    ]),
  };
};
