import type { Embedder } from '../../../src/annotation/index.js';
import {
  agreementJudge,
  cloneJudge,
  type DetectionRates,
  detectionRates,
  type Judge,
  type OtherVersion,
  type PlantedFunction,
  type PlantedNegatives,
  plantedKinds,
  plantNegatives,
} from '../../../src/refinement/index.js';
import { terminalTable } from '../../../src/report/index.js';
import type { StoredVectors } from './embed-texts.js';
import type { TrainingPairs } from './training-pairs.js';

/** Ranks and edit ratios that are tried. */
const RANKS = [1, 3, 10, 30];
const EDIT_RATIOS = [0, 0.05, 0.1, 0.2];
/** One seed of what is planted to choose by, another to report. */
const SEEDS = [1, 2];
/** Negatives of the run itself, whose truth is not known: how many a judge would raise. */
const OWN_NEGATIVES = 1000;

export interface AgreementData {
  readonly teachers: readonly StoredVectors[];
  readonly pairs: TrainingPairs;
  readonly functions: readonly PlantedFunction[];
  readonly versions: readonly OtherVersion[];
  readonly perKind: number;
}

export interface MeasuredJudge {
  readonly name: string;
  /** By seed of what was planted. */
  readonly rates: readonly DetectionRates[];
  /** Of the run's own negatives, the share that is accepted. */
  readonly ofOwn: number;
  readonly answersPerSecond: number;
}

export const plantedOf = (
  { functions, versions, perKind }: Omit<AgreementData, 'teachers' | 'pairs'>,
  seed: number,
): Promise<PlantedNegatives> => plantNegatives(functions, { perKind, seed, otherVersions: versions });

/** A teacher whose vectors of some texts are there already. */
export const prepared = async (
  teacher: StoredVectors,
  lists: { readonly queries: readonly string[]; readonly documents: readonly (readonly string[])[] },
): Promise<Embedder> => {
  const rows = { query: new Map<string, Float32Array>(), document: new Map<string, Float32Array>() };
  let columns = 0;
  const keep = async (texts: readonly string[], role: 'query' | 'document') => {
    const distinct = [...new Set(texts)];
    const vectors = await teacher.of(distinct, role);
    columns = vectors.columns;
    distinct.forEach((text, i) => {
      rows[role].set(text, vectors.data.subarray(i * columns, (i + 1) * columns));
    });
  };
  await keep(lists.queries, 'query');
  for (const list of lists.documents) await keep(list, 'document');
  return {
    name: teacher.name,
    async embed(texts, { role = 'document' } = {}) {
      const data = new Float32Array(texts.length * columns);
      texts.forEach((text, i) => {
        data.set(rows[role].get(text)!, i * columns);
      });
      return { data, rows: texts.length, columns };
    },
  };
};

/** What clone rule, each teacher and both together accept. */
export const measureAgreement = async (data: AgreementData): Promise<MeasuredJudge[]> => {
  const { pairs, functions } = data;
  const planted: PlantedNegatives[] = [];
  for (const seed of SEEDS) planted.push(await plantedOf(data, seed));
  const lists = {
    queries: [...pairs.queries, ...functions.map(({ docstring }) => docstring)],
    documents: [pairs.documents, planted.flatMap(({ code }) => code)],
  };
  const teachers: Embedder[] = [];
  for (const teacher of data.teachers) teachers.push(await prepared(teacher, lists));
  const pool = { queries: pairs.queries, documents: pairs.documents };
  const judges: Judge[] = [cloneJudge()];
  for (const some of [...teachers.map((teacher) => [teacher]), teachers])
    for (const rank of RANKS) judges.push(agreementJudge(some, pool, { rank }));
  for (const editRatio of EDIT_RATIOS.filter((ratio) => ratio !== 0.1))
    judges.push(agreementJudge(teachers, pool, { rank: 3, editRatio }));

  const own = ownNegatives(data);
  const measured: MeasuredJudge[] = [];
  for (const judge of judges) {
    const rates: DetectionRates[] = [];
    const accepts = async (judgeCase: Omit<Parameters<Judge['decide']>[0], 'treeRatio'>) =>
      (await judge.decide({ ...judgeCase, treeRatio: Number.NaN }, { seed: 0 })).outcome === 'raise';
    let cases = 0;
    const started = performance.now();
    for (const { kind, query, code, language } of planted) {
      const found: boolean[] = [];
      for (let i = 0; i < kind.length; i++) {
        const fn = functions[query[i]!]!;
        found.push(
          await accepts({
            query: fn.docstring,
            positive: fn.code,
            candidate: code[i]!,
            positiveLanguage: fn.language,
            candidateLanguage: language[i]!,
          }),
        );
      }
      cases += kind.length;
      rates.push(detectionRates(kind, found));
    }
    const answersPerSecond = cases / ((performance.now() - started) / 1000);
    let accepted = 0;
    for (const one of own) accepted += Number(await accepts(one));
    measured.push({ name: judge.name, rates, ofOwn: accepted / own.length, answersPerSecond });
  }
  return measured;
};

/** Negatives of the run, evenly drawn, as cases. */
const ownNegatives = ({ pairs, functions }: AgreementData) => {
  const languageOf = new Map(functions.map(({ code, language }) => [code, language]));
  const { query, document, positive } = pairs.pairs;
  const positiveOf = new Map<number, number>();
  for (let pair = 0; pair < query.length; pair++)
    if (positive[pair] && !positiveOf.has(query[pair]!)) positiveOf.set(query[pair]!, document[pair]!);
  const negatives = Array.from({ length: query.length }, (_, pair) => pair).filter((pair) => !positive[pair]);
  const step = Math.max(1, Math.floor(negatives.length / OWN_NEGATIVES));
  return negatives
    .filter((_, i) => i % step === 0)
    .map((pair) => {
      const ours = pairs.documents[positiveOf.get(query[pair]!)!]!;
      const theirs = pairs.documents[document[pair]!]!;
      return {
        query: pairs.queries[query[pair]!]!,
        positive: ours,
        candidate: theirs,
        positiveLanguage: languageOf.get(ours) ?? null,
        candidateLanguage: languageOf.get(theirs) ?? null,
      };
    });
};

const percent = (share: number) => (Number.isNaN(share) ? '–' : (100 * share).toFixed(1));

/** By the seed that nothing was chosen by. */
export const calibrationTable = (measured: readonly MeasuredJudge[]): string =>
  terminalTable({
    columns: [
      { label: '% accepted by' },
      ...['precision', 'recall', ...plantedKinds, 'own negatives', 'answers/s'].map((label) => ({
        label,
        numeric: true,
      })),
    ],
    rows: measured.map(({ name, rates, ofOwn, answersPerSecond }) => {
      const { precision, recall, byKind } = rates.at(-1)!;
      return [
        name,
        percent(precision),
        percent(recall),
        ...plantedKinds.map((kind) => percent(byKind[kind].found / byKind[kind].planted)),
        percent(ofOwn),
        answersPerSecond.toFixed(0),
      ];
    }),
  });
