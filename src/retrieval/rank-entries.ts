import type { Bm25fIndex } from './bm25f-index.js';
import { termsOf } from './code-terms.js';
import { shareInName, shareInPath } from './name-shares.js';
import type { PathRole } from './path-signals.js';
import type { RankEvidence, RankedEntry, RankOptions } from './rank-options.js';
import { RANKING } from './ranking.js';
import type { ReadQuestion } from './read-question.js';
import { ENTRY_ROLES } from './retrieval-entry.js';
import type { TermRelatives } from './term-relatives.js';
import { topRanks } from './top-ranks.js';

/** What is known of one file. */
export interface RankedFile {
  readonly path: string;
  readonly role: PathRole;
  /** How many entries it has, as a share of the most that a file has, both by their logarithms. */
  readonly size: number;
  /** How much other files use it, likewise. */
  readonly uses: number;
  /** Terms of its name without the extension, and of its folder's. */
  readonly stem: readonly string[];
  readonly folder: readonly string[];
}

/** What {@link rankEntries} needs to know of an index. */
export interface RankableIndex {
  readonly size: number;
  readonly entries: Bm25fIndex;
  readonly files: Bm25fIndex;
  readonly fileFacts: readonly RankedFile[];
  readonly relatives: TermRelatives;
  readonly data: {
    readonly fileOf: Uint32Array;
    readonly roleOf: Uint8Array;
    readonly names: readonly string[];
    readonly qualifiedNames: readonly string[];
  };
  named(name: string): readonly number[];
}

/** Of each file the sum of its three highest scores: long files do not win by length. */
const bestOfFiles = (scores: Float32Array, fileOf: Uint32Array, files: number): Float32Array => {
  const best = new Float32Array(3 * files);
  for (let row = 0; row < scores.length; row++) {
    const value = scores[row]!;
    const at = 3 * fileOf[row]!;
    if (!(value > best[at + 2]!)) continue;
    if (value > best[at]!) {
      best[at + 2] = best[at + 1]!;
      best[at + 1] = best[at]!;
      best[at] = value;
    } else if (value > best[at + 1]!) {
      best[at + 2] = best[at + 1]!;
      best[at + 1] = value;
    } else best[at + 2] = value;
  }
  const sums = new Float32Array(files);
  for (let f = 0; f < files; f++) sums[f] = best[3 * f]! + best[3 * f + 1]! + best[3 * f + 2]!;
  return sums;
};

/** How well a name fits one that the question spells, 1 to 4: its case, and what it is qualified with. */
const nameFit = (parts: readonly string[], name: string, qualifiedName: string): number => {
  const enclosing = qualifiedName.toLowerCase().split('.').slice(0, -1);
  const before = parts.slice(0, -1).map((part) => part.toLowerCase());
  const isQualified = before.length > 0 && before.every((part) => enclosing.includes(part));
  return (name === parts.at(-1) ? 2 : 1) + (isQualified ? 2 : 0);
};

interface Scored {
  readonly entry: number;
  readonly score: number;
}

const byScore = (a: Scored, b: Scored): number => b.score - a.score || a.entry - b.entry;

/** Each further entry of a file yields to the first ones of others. */
const spreadOverFiles = (scored: Scored[], fileOf: Uint32Array, repeat: number): Scored[] => {
  const taken = new Map<number, number>();
  return scored.sort(byScore).map(({ entry, score }) => {
    const before = taken.get(fileOf[entry]!) ?? 0;
    taken.set(fileOf[entry]!, before + 1);
    return { entry, score: score * repeat ** before };
  });
};

/**
 * The terms of a question and, for a sentence, their relatives, each with what an occurrence counts. A relative that is rarer
 * than the term it stands for does not tell more.
 */
const weighTerms = (
  { entries, relatives }: RankableIndex,
  { kind, terms }: ReadQuestion,
): ReadonlyMap<string, number> => {
  const weights = new Map(terms.map((term) => [term, 1]));
  if (kind === 'symbol') return weights;
  for (const term of terms) {
    const told = entries.idf(term);
    for (const relative of relatives.of(term)) {
      const weight = RANKING.relative * (told === 0 ? 1 : Math.min(1, told / entries.idf(relative)));
      if (weight > (weights.get(relative) ?? 0)) weights.set(relative, weight);
    }
  }
  return weights;
};

/** Fuses what words and a model say of each entry and its file, and what names and paths add: see {@link RankEvidence}. */
export const rankEntries = (
  index: RankableIndex,
  question: ReadQuestion,
  { top, dense, mode = 'hybrid', by = 'entry', allowed }: RankOptions,
): RankedEntry[] => {
  const { size, data, fileFacts } = index;
  const { fileOf, roleOf, names, qualifiedNames } = data;
  if (dense !== undefined && dense.length !== size)
    throw new RangeError(`dense must have shape [N] = [${size}], received ${dense.length}`);
  const { depth, k } = RANKING;
  const cosines = mode === 'lexical' ? undefined : dense;
  const usesWords = mode !== 'dense';
  const isSymbol = question.kind === 'symbol';
  const none: ReadonlyMap<number, number> = new Map();
  const weights = usesWords ? weighTerms(index, question) : new Map<string, number>();
  const wordScores = usesWords ? index.entries.scores(weights) : new Float32Array(0);
  const wordRanks = topRanks(wordScores, depth, allowed);
  const fileRanks = usesWords ? topRanks(index.files.scores(weights), depth) : none;
  const bestWordRanks = topRanks(bestOfFiles(wordScores, fileOf, fileFacts.length), depth);
  const modelRanks = cosines === undefined ? none : topRanks(cosines, Math.max(depth, top), allowed);
  const fileModelRanks =
    cosines === undefined ? none : topRanks(bestOfFiles(cosines, fileOf, fileFacts.length), depth);

  const fits = new Map<number, number>();
  for (const parts of usesWords ? question.identifiers : []) {
    for (const entry of index.named(parts.at(-1)!)) {
      if (allowed?.(entry) === false) continue;
      const fitted = nameFit(parts, names[entry]!, qualifiedNames[entry]!);
      fits.set(entry, Math.max(fits.get(entry) ?? 0, fitted));
    }
  }
  const shares = new Map<number, number>();
  const shareTerms = isSymbol ? question.terms.slice(-1) : question.terms;
  const shareOf = (file: number): number => {
    let share = shares.get(file);
    if (share === undefined) {
      share = usesWords ? shareInPath(shareTerms, fileFacts[file]!) : 0;
      shares.set(file, share);
    }
    return share;
  };

  const wordWeight = RANKING.words[by];
  const modelWeight = isSymbol ? RANKING.symbolModel : RANKING.model;
  const fileModelWeight = isSymbol ? RANKING.symbolModel : RANKING.fileModel;
  /** What an entry has that comes first in every list. */
  const unit =
    (wordWeight +
      RANKING.fileWords +
      RANKING.bestWords +
      (cosines === undefined ? 0 : modelWeight + fileModelWeight)) /
    (k + 1);
  const roles = RANKING.roles[by];
  /** What only counts for a sentence: an entry's own name, and how much others use its file. */
  const sentenceShare = (entry: number, file: number): number =>
    isSymbol || !usesWords
      ? 0
      : RANKING.entryName * shareInName(question.terms, termsOf(names[entry]!).terms) +
        RANKING.fileUses * fileFacts[file]!.uses;
  const part = (weight: number, rank: number | undefined) => (rank === undefined ? 0 : weight / (k + rank));
  const scoreOf = (entry: number): number => {
    const file = fileOf[entry]!;
    const named = fits.get(entry) ?? 0;
    const trust = RANKING.paths[fileFacts[file]!.role];
    const evidence =
      part(wordWeight, wordRanks.get(entry)) +
      part(RANKING.fileWords, fileRanks.get(file)) +
      part(RANKING.bestWords, bestWordRanks.get(file)) +
      part(modelWeight, modelRanks.get(entry)) +
      part(fileModelWeight, fileModelRanks.get(file)) +
      unit * RANKING.fileName * shareOf(file) +
      unit * sentenceShare(entry, file) +
      unit * RANKING.fileSize * fileFacts[file]!.size +
      unit * roles[ENTRY_ROLES[roleOf[entry]!]!];
    if (named === 0) return evidence * trust;
    if (!isSymbol) return (evidence + (unit * RANKING.definition * named) / 2) * trust;
    // A name that was asked for comes before all that merely speaks of it: the sum of the others' evidence is below 2 units.
    const role = 1 - roleOf[entry]! / ENTRY_ROLES.length;
    return evidence * trust + unit * (10 * named + 4 * trust + 2 * role + shareOf(file));
  };
  const candidates = new Set([...wordRanks.keys(), ...modelRanks.keys(), ...fits.keys()]);
  const scored = Array.from(
    candidates,
    (entry): Scored => ({
      entry,
      score: usesWords ? scoreOf(entry) : cosines![entry]!,
    }),
  );
  // Every definition of a name that was asked for is wanted, wherever it stands.
  const asked = isSymbol ? scored.filter(({ entry }) => fits.has(entry)) : [];
  const others = isSymbol ? scored.filter(({ entry }) => !fits.has(entry)) : scored;
  const ranked = usesWords ? [...asked, ...spreadOverFiles(others, fileOf, RANKING.repeat[by])] : others;
  return ranked
    .sort(byScore)
    .slice(0, top)
    .map(({ entry, score }) => {
      const file = fileOf[entry]!;
      const named = fits.get(entry);
      const evidence: RankEvidence = {
        wordsRank: wordRanks.get(entry) ?? null,
        fileRank: fileRanks.get(file) ?? null,
        modelRank: modelRanks.get(entry) ?? null,
        cosine: cosines?.[entry] ?? null,
        inFileName: shareOf(file),
        named: named === undefined ? null : named % 2 === 0 ? 'exact' : 'any-case',
        path: fileFacts[file]!.role,
      };
      return { entry, score, evidence };
    });
};
