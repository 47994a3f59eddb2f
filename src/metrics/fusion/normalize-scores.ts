/**
 * How the scores of one list become comparable with another list's.
 *
 * - `min-max`: (s − min)/(max − min).
 * - `max`: s/max.
 * - `sum`: (s − min) over the sum of these.
 * - `z-score`: (s − mean)/standard deviation.
 * - `rank`: 1 − (rank − 1)/n.
 * - `borda`: 1 − (rank − 1)/c among the c candidates of all lists; one that the list lacks has the mean of the places left.
 * - `none`: as they are.
 *
 * A list without any spread is divided by 10⁻⁹, as ranx does: `min-max` gives the only document of a list 0.
 */
export type ScoreNormalization = 'min-max' | 'max' | 'sum' | 'z-score' | 'rank' | 'borda' | 'none';

/** Scores of one query by document, best first. */
export type RankedList = ReadonlyMap<string, number>;

const SMALLEST_SPREAD = 1e-9;

const mapScores = (list: RankedList, convert: (score: number, place: number) => number): RankedList => {
  let place = 0;
  return new Map(Array.from(list, ([id, score]) => [id, convert(score, place++)]));
};

const scaled = (list: RankedList, origin: number, spread: number): RankedList => {
  const divisor = Math.max(spread, SMALLEST_SPREAD);
  return mapScores(list, (score) => (score - origin) / divisor);
};

const borda = (list: RankedList, candidates: ReadonlySet<string>): RankedList => {
  const size = candidates.size;
  const ranked = new Map(mapScores(list, (_, place) => 1 - place / size));
  for (const id of candidates) if (!ranked.has(id)) ranked.set(id, 0.5 - (list.size - 1) / (2 * size));
  return ranked;
};

const NORMALIZERS: Readonly<
  Record<ScoreNormalization, (list: RankedList, candidates: ReadonlySet<string>) => RankedList>
> = {
  none: (list) => list,
  rank: (list) => mapScores(list, (_, place) => 1 - place / list.size),
  borda,
  'min-max': (list) => {
    const scores = [...list.values()];
    // Best first: the ends are the extremes.
    const least = scores.at(-1) ?? 0;
    return scaled(list, least, (scores[0] ?? 0) - least);
  },
  max: (list) => scaled(list, 0, list.values().next().value ?? 0),
  sum: (list) => {
    const scores = [...list.values()];
    const least = scores.at(-1) ?? 0;
    return scaled(list, least, scores.reduce((sum, score) => sum + score, 0) - least * list.size);
  },
  'z-score': (list) => {
    const scores = [...list.values()];
    const mean = scores.reduce((sum, score) => sum + score, 0) / list.size;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / list.size;
    return scaled(list, mean, Math.sqrt(variance));
  },
};

export const SCORE_NORMALIZATIONS = Object.keys(NORMALIZERS) as readonly ScoreNormalization[];

/** @param candidates The documents of all lists of the query. */
export const normalizeScores = (
  list: RankedList,
  normalization: ScoreNormalization,
  candidates: ReadonlySet<string>,
): RankedList => NORMALIZERS[normalization](list, candidates);
