import {
  type DetectionRates,
  detectionRates,
  type OtherVersion,
  type PlantedFunction,
  type PlantedKind,
  plantedKinds,
  plantNegatives,
} from '../../../src/refinement/index.js';
import { terminalTable } from '../../../src/report/index.js';
import type { StoredVectors } from './embed-texts.js';
import { EDIT_RATIOS, type NegativeCase, type NegativeFacts, negativeFacts } from './negative-facts.js';
import type { TrainingPairs } from './training-pairs.js';

/** Places that each teacher may give at most, both ways. */
const RANKS = [1, 3, 10, 30];
/** Shares of the pool's negatives that stay below a threshold. */
const QUANTILES = [0.75, 0.95, 0.99];
/** Negatives of the pool itself, whose truth is not known: how many a rule would raise. */
const OWN_NEGATIVES = 1000;
/** What a rule must reach on one half of the functions to be chosen. */
const PRECISION = 0.95;

export interface AgreementData {
  readonly teachers: readonly StoredVectors[];
  readonly pairs: TrainingPairs;
  readonly functions: readonly PlantedFunction[];
  readonly versions: readonly OtherVersion[];
  readonly perKind: number;
}

/** A rule and what it finds. */
export interface MeasuredRule {
  readonly name: string;
  readonly calibration: DetectionRates;
  readonly heldOut: DetectionRates;
  /** Of the pool's own negatives, the share that is accepted. */
  readonly ofOwn: number;
}

export interface AgreementMeasures {
  readonly rules: readonly MeasuredRule[];
  /** Of the rules with at least 95% precision on the calibration half, the one that finds most there. */
  readonly chosen: Rule | null;
  readonly planted: Readonly<Record<'calibration' | 'held out', Readonly<Record<string, number>>>>;
  /** Of the pool's own negatives that each rule of two teachers accepts, for reading. */
  readonly accepted: readonly (NegativeCase & { readonly rules: readonly string[] })[];
}

/** What is accepted as an answer after all. */
export interface Rule {
  readonly name: string;
  readonly accepts: (facts: NegativeFacts) => boolean;
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;

/** A threshold at a quantile of what the teachers say of the pool's own negatives, and everything by rank and by tree. */
const rulesOf = (names: readonly string[], own: readonly NegativeFacts[]): Rule[] => {
  const rules: Rule[] = [{ name: 'clone rule', accepts: ({ isClone }) => isClone }];
  names.forEach((name, t) => {
    for (const share of QUANTILES) {
      const threshold = quantile(
        own.map(({ teachers }) => teachers[t]!.own),
        share,
      );
      const above = ({ teachers }: NegativeFacts) => teachers[t]!.own >= threshold;
      rules.push({ name: `${name}: similarity above the ${100 * share}% quantile`, accepts: above });
      rules.push({
        name: `${name}: the same, no edit of the positive`,
        accepts: (facts) => facts.isClone || (facts.edits > 0.1 && above(facts)),
      });
    }
    rules.push({
      name: `${name}: above its own positive`,
      accepts: ({ teachers }) => teachers[t]!.own >= teachers[t]!.positive,
    });
  });
  const groups = [...names.map((_, t) => [t]), names.map((_, t) => t)];
  for (const group of groups)
    for (const rank of RANKS)
      for (const edits of group.length === 1 ? [0.1] : [0, ...EDIT_RATIOS])
        rules.push({
          name: `agreement of ${group.map((t) => names[t]).join(' and ')}, rank ${rank}, edits ${edits}`,
          accepts: ({ isClone, edits: between, teachers }) =>
            isClone ||
            (between > edits && group.every((t) => teachers[t]!.rank <= rank && teachers[t]!.back <= rank)),
        });
  return rules;
};

/** Planted negatives as a judge is asked about them. */
export const casesOf = (
  functions: readonly PlantedFunction[],
  planted: Awaited<ReturnType<typeof plantNegatives>>,
) =>
  planted.code.map((candidate, i): NegativeCase => {
    const { docstring, code, language } = functions[planted.query[i]!]!;
    return {
      query: docstring,
      positive: code,
      candidate,
      positiveLanguage: language,
      candidateLanguage: planted.language[i]!,
    };
  });

/** One half of the functions, with their other versions. */
const halfOf = ({ functions, versions }: Pick<AgreementData, 'functions' | 'versions'>, half: 0 | 1) => {
  const rows = [...functions.keys()].filter((i) => i % 2 === half);
  const rowOf = new Map(rows.map((row, i) => [row, i]));
  return {
    functions: rows.map((row) => functions[row]!),
    versions: versions.flatMap(({ function: row, code }) =>
      rowOf.has(row) ? [{ function: rowOf.get(row)!, code }] : [],
    ),
  };
};

const countByKind = (kinds: readonly PlantedKind[]) =>
  Object.fromEntries(plantedKinds.map((kind) => [kind, kinds.filter((one) => one === kind).length]));

/** What each rule accepts, on the half that a rule is chosen by and on the other. */
export const measureAgreement = async (data: AgreementData): Promise<AgreementMeasures> => {
  const halves: { kind: readonly PlantedKind[]; cases: NegativeCase[] }[] = [];
  for (const half of [0, 1] as const) {
    const { functions, versions } = halfOf(data, half);
    const planted = await plantNegatives(functions, {
      perKind: data.perKind,
      seed: half + 1,
      otherVersions: versions,
    });
    halves.push({ kind: planted.kind, cases: casesOf(functions, planted) });
  }
  const own = ownNegatives(data);
  const lists = [halves[0]!.cases, halves[1]!.cases, own];
  const pool = { queries: data.pairs.queries, documents: data.pairs.documents };
  const [calibration, heldOut, ofOwn] = await negativeFacts(lists, pool, data.teachers);
  const names = data.teachers.map(({ name }) => name.replace(/,.*/, ''));
  const rules = rulesOf(names, ofOwn!);
  const measured = rules.map(
    ({ name, accepts }): MeasuredRule => ({
      name,
      calibration: detectionRates(halves[0]!.kind, calibration!.map(accepts)),
      heldOut: detectionRates(halves[1]!.kind, heldOut!.map(accepts)),
      ofOwn: ofOwn!.filter(accepts).length / own.length,
    }),
  );
  const chosen = measured
    .filter(({ calibration: { precision } }) => precision >= PRECISION)
    .sort((a, b) => b.calibration.recall - a.calibration.recall)[0];
  return {
    rules: measured,
    chosen: rules.find(({ name }) => name === chosen?.name) ?? null,
    planted: { calibration: countByKind(halves[0]!.kind), 'held out': countByKind(halves[1]!.kind) },
    accepted: own.flatMap((one, i) => {
      const by = rules.filter(({ name, accepts }) => name.includes(' and ') && accepts(ofOwn![i]!));
      return by.length === 0 ? [] : [{ ...one, rules: by.map(({ name }) => name) }];
    }),
  };
};

/** Negatives of the pool, evenly drawn. */
const ownNegatives = ({ pairs, functions }: AgreementData): NegativeCase[] => {
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

/** The columns and rows of a table: precision and recall on both halves, kinds on the half that nothing was chosen by. */
export const agreementRecord = ({ rules, planted }: AgreementMeasures) => {
  const kinds = plantedKinds.filter((kind) => planted['held out'][kind]! > 0);
  return {
    columns: ['% found', 'precision', 'recall', 'held out: precision', 'recall', ...kinds, 'own negatives'],
    rows: rules.map(({ name, calibration, heldOut, ofOwn }) => [
      name,
      percent(calibration.precision),
      percent(calibration.recall),
      percent(heldOut.precision),
      percent(heldOut.recall),
      ...kinds.map((kind) => percent(heldOut.byKind[kind].found / heldOut.byKind[kind].planted)),
      percent(ofOwn),
    ]),
  };
};

export const agreementTable = (measures: AgreementMeasures): string => {
  const { columns, rows } = agreementRecord(measures);
  return terminalTable({
    columns: columns.map((label, i) => ({ label, numeric: i > 0 })),
    rows,
  });
};
