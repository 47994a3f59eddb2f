import type { EvaluationChoices } from './evaluate-run-options.js';
import type { RankedDocuments, RankedQuery } from './measures/ranked-query.js';
import { compareCodePoints } from './ranks/compare-code-points.js';
import type { TieRule } from './ranks/tie-rule.js';

interface Item {
  readonly id: string;
  readonly score: number;
  /** NaN without a judgement. */
  readonly grade: number;
}

const isRelevant = ({ grade }: Item): boolean => grade > 0;

const compareTied = (ties: TieRule): ((a: Item, b: Item) => number) => {
  const byId = (a: Item, b: Item) => compareCodePoints(b.id, a.id);
  const worth = (item: Item) => (isRelevant(item) ? item.grade : 0);
  switch (ties) {
    case 'first':
      return () => 0;
    case 'optimistic':
      return (a, b) => worth(b) - worth(a) || byId(a, b);
    case 'pessimistic':
      return (a, b) => worth(a) - worth(b) || byId(a, b);
    default:
      return byId;
  }
};

/** Documents of one kind as they are found in the ranking. */
class Found {
  readonly ranks: number[] = [];
  readonly grades: number[] = [];
  readonly #above: number[] = [];
  readonly #size: number[] = [];

  push(rank: number, grade: number, above: number, size: number): void {
    this.ranks.push(rank);
    this.grades.push(grade);
    this.#above.push(above);
    this.#size.push(size);
  }

  documents(expected: boolean): RankedDocuments {
    const ranks = Float64Array.from(this.ranks);
    if (!expected) return { ranks };
    return { ranks, tied: { above: Float64Array.from(this.#above), size: Float64Array.from(this.#size) } };
  }
}

/** A plain object cannot keep ids such as `10` in the order they were given. */
const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;

/**
 * Where the judged documents of a query stand in its run.
 *
 * @param keepsOrder Whether the order of `retrieved` is the one in which it was given.
 * @throws RangeError when a score or grade is not finite, or `first` must break ties and the order is lost.
 */
export const rankJudged = (
  queryId: string,
  grades: ReadonlyMap<string, number>,
  retrieved: ReadonlyMap<string, number>,
  keepsOrder: boolean,
  options: EvaluationChoices,
): RankedQuery => {
  const { ties, ignoreIdenticalIds, scorePrecision, gains } = options;
  const items: Item[] = [];
  for (const [id, score] of retrieved) {
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `the score of query ${queryId} and document ${id} must be finite, received ${score}`,
      );
    }
    if (ignoreIdenticalIds !== false && id === queryId) continue;
    const compared = scorePrecision === 'float32' ? Math.fround(score) : score;
    items.push({ id, score: compared, grade: grades.get(id) ?? Number.NaN });
  }
  const tied = compareTied(ties);
  items.sort((a, b) => (a.score === b.score ? tied(a, b) : b.score - a.score));
  const relevant = new Found();
  const nonRelevant = new Found();
  const unjudged = new Found();
  const kindOf = (grade: number) => (grade > 0 ? relevant : grade < 0 ? unjudged : nonRelevant);
  for (let from = 0; from < items.length; ) {
    let to = from + 1;
    while (to < items.length && items[to]!.score === items[from]!.score) to += 1;
    const group = items.slice(from, to);
    if (ties === 'first' && !keepsOrder && group.length > 1) {
      const lost = group.find(({ id }) => WHOLE_NUMBER.test(id));
      if (lost !== undefined) {
        throw new RangeError(
          `the run of query ${queryId} must be a Map for ties 'first': an object moves ids such as ${lost.id} to the front`,
        );
      }
    }
    const counts = new Map<Found, number>();
    for (const { grade } of group) {
      if (!Number.isNaN(grade)) counts.set(kindOf(grade), (counts.get(kindOf(grade)) ?? 0) + 1);
    }
    const places = new Map<Found, number>();
    const byMean = ties === 'expected' || ties === 'mean-rank';
    group.forEach(({ grade }, i) => {
      if (Number.isNaN(grade)) return;
      const kind = kindOf(grade);
      const place = (places.get(kind) ?? 0) + 1;
      places.set(kind, place);
      const within = byMean ? (place * (group.length + 1)) / (counts.get(kind)! + 1) : i + 1;
      kind.push(from + within, grade, from, group.length);
    });
    from = to;
  }
  for (const [id, grade] of grades) {
    if (!Number.isFinite(grade)) {
      throw new RangeError(
        `the grade of query ${queryId} and document ${id} must be finite, received ${grade}`,
      );
    }
    const dropped = id === queryId && ignoreIdenticalIds !== false;
    if (dropped ? ignoreIdenticalIds === 'run' : !retrieved.has(id)) {
      kindOf(grade).push(Number.POSITIVE_INFINITY, grade, Number.POSITIVE_INFINITY, 1);
    }
  }
  const expected = ties === 'expected';
  return {
    ...relevant.documents(expected),
    gains: Float64Array.from(relevant.grades, (grade) => (gains === 'binary' ? 1 : grade)),
    judged: {
      nonRelevant: nonRelevant.documents(expected),
      unjudged: unjudged.documents(expected),
      retrieved: items.length,
    },
  };
};
