/** Slow, obvious float64 definitions of the losses: loops over everything, no tricks but log1p. */

export type Matrix = number[][];

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

export const cosine = (a: readonly number[], b: readonly number[]): number => {
  const norm = Math.sqrt(dot(a, a) * dot(b, b));
  return norm === 0 ? 0 : dot(a, b) / norm;
};

/** log Σ exp, −∞ for the empty sum. */
export const logSumExp = (values: readonly number[]): number => {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
};

export interface CosentCase {
  readonly temperature?: number;
  readonly margin?: number;
  readonly weights?: readonly number[];
  readonly groups?: readonly (number | string)[];
  readonly normalize?: 'none' | 'pairs' | 'mean';
}

/** Value and gradient of log(1 + Σ w_j w_k exp((s_j − s_k)/τ)) over all pairs with y_j < y_k − m. */
export const cosent = (
  scores: readonly number[],
  labels: readonly number[],
  { temperature = 0.05, margin = 0, weights, groups, normalize = 'none' }: CosentCase = {},
): { value: number; gradient: number[]; pairs: number; violated: number } => {
  const terms: { j: number; k: number; log: number }[] = [];
  let mass = 0;
  let violated = 0;
  for (let j = 0; j < scores.length; j++) {
    for (let k = 0; k < scores.length; k++) {
      if (groups !== undefined && groups[j] !== groups[k]) continue;
      if (!(labels[j]! < labels[k]! - margin)) continue;
      const weight = (weights?.[j] ?? 1) * (weights?.[k] ?? 1);
      if (weight === 0) continue;
      mass += weight;
      violated += scores[j]! >= scores[k]! ? 1 : 0;
      terms.push({ j, k, log: Math.log(weight) + (scores[j]! - scores[k]!) / temperature });
    }
  }
  const gradient = scores.map(() => 0);
  if (terms.length === 0) return { value: 0, gradient, pairs: 0, violated };
  const shift = normalize === 'mean' ? Math.log(mass) : 0;
  const value = logSumExp([0, ...terms.map(({ log }) => log - shift)]);
  for (const { j, k, log } of terms) {
    const share = Math.exp(log - shift - value) / temperature;
    gradient[j]! += share;
    gradient[k]! -= share;
  }
  return {
    value: normalize === 'pairs' ? value - Math.log(mass) : value,
    gradient,
    pairs: terms.length,
    violated,
  };
};

export interface InfoNceCase {
  readonly positives: readonly (readonly [query: number, document: number])[];
  readonly temperature: number;
  readonly directions: readonly string[];
  readonly partition?: 'anchor' | 'joint' | 'jointRepeated';
  readonly beta?: number;
  readonly alpha?: number;
  readonly mode?: 'everyNegative' | 'allNegatives' | 'inBatchNegatives' | 'hardNegatives';
  /** Cosines that count as constants in the α term; those of the arguments themselves unless given. */
  readonly frozen?: { readonly queries: Matrix; readonly documents: Matrix };
  readonly negatives?: { readonly pairs: readonly (readonly [number, number])[]; readonly own: boolean };
  readonly inBatch?: boolean;
  readonly queryIds?: readonly (number | string)[];
  readonly documentIds?: readonly (number | string)[];
  readonly guide?: {
    readonly queries: Matrix;
    readonly documents: Matrix;
    readonly margin: number;
    readonly relative: boolean;
  };
  readonly logProbabilities?: readonly number[];
  readonly weights?: readonly number[];
  readonly multiplePositives?: 'separate' | 'outside' | 'inside';
  readonly reduction: 'mean' | 'sum' | 'weighted';
}

type Row = readonly [side: 'q' | 'd', index: number];

/** InfoNCE by its definition: for every anchor, ask of every row whether it is a negative. */
export const infoNce = (queries: Matrix, documents: Matrix, c: InfoNceCase): number => {
  const rowOf = ([side, i]: Row): number[] => (side === 'q' ? queries[i]! : documents[i]!);
  const scale = 1 / c.temperature;
  const has = (list: readonly (readonly [number, number])[], q: number, d: number) =>
    list.some(([a, b]) => a === q && b === d);
  const sameQuery = (a: number, b: number) => (c.queryIds ? c.queryIds[a] === c.queryIds[b] : a === b);
  const sameDocument = (a: number, b: number) =>
    c.documentIds ? c.documentIds[a] === c.documentIds[b] : a === b;
  const relevant = (q: number, d: number) =>
    c.positives.some(([a, b]) => sameQuery(a, q) && sameDocument(b, d));
  const visible = (q: number, d: number): boolean => {
    const owned = has(c.negatives?.pairs ?? [], q, d);
    if (c.inBatch === false) return owned;
    const isHard = (c.negatives?.pairs ?? []).some(([, b]) => b === d);
    const isPositive = c.positives.some(([, b]) => b === d);
    return !(c.negatives?.own === true && isHard && !isPositive) || owned;
  };
  const isNegative = ([anchorSide, a]: Row, [side, b]: Row): boolean => {
    if (anchorSide === 'q' && side === 'd') return visible(a, b) && !relevant(a, b);
    if (anchorSide === 'd' && side === 'q') return c.inBatch !== false && !relevant(b, a);
    if (anchorSide === 'q') {
      const shares = c.positives.some(([q, d]) => q === a && relevant(b, d));
      return c.inBatch !== false && !sameQuery(a, b) && !shares;
    }
    const mine = c.positives.filter(([, d]) => d === a).map(([q]) => q);
    const own = mine.some((q) => has(c.negatives?.pairs ?? [], q, b));
    if (c.partition === 'jointRepeated' && own) return false;
    const isPositive = c.positives.some(([, d]) => d === b);
    if (!c.directions.includes('documentToDocument') && !isPositive) return false;
    return !sameDocument(a, b) && !mine.some((q) => relevant(q, b)) && mine.some((q) => visible(q, b));
  };
  const guided = (anchor: Row, other: Row): number => {
    const of = ([side, i]: Row) => (side === 'q' ? c.guide!.queries[i]! : c.guide!.documents[i]!);
    return cosine(of(anchor), of(other));
  };
  const positivesOf = ([side, a]: Row): Row[] =>
    side === 'q'
      ? c.positives.filter(([q]) => q === a).map(([, d]) => ['d', d] as const)
      : c.positives.filter(([, d]) => d === a).map(([q]) => ['q', q] as const);
  const bias = ([side, i]: Row) => (side === 'd' ? (c.logProbabilities?.[i] ?? 0) : 0);
  const frozenCosine = (a: Row, b: Row): number => {
    const of = ([side, i]: Row) =>
      c.frozen === undefined
        ? rowOf([side, i])
        : side === 'q'
          ? c.frozen.queries[i]!
          : c.frozen.documents[i]!;
    return cosine(of(a), of(b));
  };
  const penalty = (anchor: Row, row: Row): number => {
    const { mode = 'everyNegative', alpha = 0 } = c;
    if (mode === 'everyNegative') return alpha;
    if (anchor[0] !== 'q' || row[0] !== 'd') return 0;
    const own = has(c.negatives?.pairs ?? [], anchor[1], row[1]);
    return mode === 'allNegatives' || (mode === 'hardNegatives') === own ? alpha : 0;
  };
  const negativeTotal = (anchor: Row): number => {
    const candidates: Row[] = [];
    const direction = (side: 'q' | 'd') =>
      `${anchor[0] === 'q' ? 'query' : 'document'}To${side === 'q' ? 'Query' : 'Document'}`;
    const amongPositives = anchor[0] === 'd' && c.directions.includes('positiveToPositive');
    if (c.directions.includes(direction('d')) || amongPositives)
      documents.forEach((_, i) => {
        candidates.push(['d', i]);
      });
    if (c.directions.includes(direction('q')))
      queries.forEach((_, i) => {
        candidates.push(['q', i]);
      });
    const lowest = c.guide ? Math.min(...positivesOf(anchor).map((p) => guided(anchor, p))) : 0;
    const slack = c.guide ? (c.guide.relative ? Math.abs(lowest) * c.guide.margin : c.guide.margin) : 0;
    const logits = candidates
      .filter((row) => isNegative(anchor, row) && !(c.guide && guided(anchor, row) > lowest - slack))
      .map(
        (row) =>
          cosine(rowOf(anchor), rowOf(row)) * scale +
          penalty(anchor, row) * frozenCosine(anchor, row) -
          bias(row),
      );
    const beta = c.beta ?? 0;
    if (beta === 0 || logits.length === 0) return logSumExp(logits);
    const weights = logits.map((z) => Math.exp(beta * z - logSumExp(logits.map((other) => beta * other))));
    return logSumExp(logits.map((z, k) => z + Math.log(weights[k]!)));
  };
  const logit = (anchor: Row, positive: Row) =>
    cosine(rowOf(anchor), rowOf(positive)) * scale - bias(positive);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const anchorLoss = (anchor: Row): number => {
    const total = negativeTotal(anchor);
    const positives = positivesOf(anchor).map((p) => logit(anchor, p));
    if (c.multiplePositives === 'outside')
      return mean(positives.map((z) => logSumExp([total, ...positives]) - z));
    if (c.multiplePositives === 'inside') return logSumExp([total, ...positives]) - logSumExp(positives);
    return mean(positives.map((z) => logSumExp([total, z]) - z));
  };
  const anchors: Row[] = [];
  const joint = c.partition === 'joint' || c.partition === 'jointRepeated';
  const sideOn = (side: string) =>
    c.directions.some(
      (direction) =>
        direction.startsWith(side) || (side === 'document' && direction === 'positiveToPositive'),
    );
  const twice =
    c.partition === 'jointRepeated' &&
    c.directions.includes('queryToDocument') &&
    c.directions.includes('documentToQuery');
  if (joint || sideOn('query'))
    queries.forEach((_, i) => {
      anchors.push(['q', i]);
    });
  if (!joint && sideOn('document'))
    documents.forEach((_, i) => {
      anchors.push(['d', i]);
    });
  const used = anchors.filter((anchor) => positivesOf(anchor).length > 0);
  const losses = used.map((anchor) =>
    joint
      ? mean(
          positivesOf(anchor).map((p) => {
            const z = logit(anchor, p);
            const ofDocument = sideOn('document') ? [negativeTotal(p)] : [];
            return logSumExp([negativeTotal(anchor), ...ofDocument, z, ...(twice ? [z] : [])]) - z;
          }),
        )
      : anchorLoss(anchor),
  );
  const weightOf = ([side, i]: Row): number =>
    side === 'q'
      ? (c.weights?.[i] ?? 1)
      : mean(c.positives.filter(([, d]) => d === i).map(([q]) => c.weights?.[q] ?? 1));
  const weights = used.map(weightOf);
  const massOf = weights.reduce((sum, weight) => sum + weight, 0);
  if (massOf === 0) return 0;
  const sum = losses.reduce((total, loss, i) => total + weights[i]! * loss, 0);
  return c.reduction === 'sum' ? sum : sum / (c.reduction === 'mean' ? used.length : massOf);
};

/** ListNet top-one cross-entropy, averaged over the lists of two or more items. */
export const listNet = (
  scores: readonly number[],
  labels: readonly number[],
  groups: readonly number[],
  temperature: number,
  labelTemperature: number,
): number => {
  const lists = [...new Set(groups)]
    .map((g) => groups.flatMap((other, i) => (other === g ? [i] : [])))
    .filter((list) => list.length > 1);
  const losses = lists.map((list) => {
    const total = logSumExp(list.map((i) => scores[i]! / temperature));
    const mass = logSumExp(list.map((i) => labels[i]! / labelTemperature));
    return list.reduce(
      (sum, i) => sum - Math.exp(labels[i]! / labelTemperature - mass) * (scores[i]! / temperature - total),
      0,
    );
  });
  return lists.length === 0 ? 0 : losses.reduce((sum, loss) => sum + loss, 0) / lists.length;
};

/** τ² · KL of label and score distributions, averaged over the lists of two or more items. */
export const klDivergence = (
  scores: readonly number[],
  labels: readonly number[],
  groups: readonly number[],
  temperature: number,
  labelTemperature: number,
): number => {
  const lists = [...new Set(groups)]
    .map((g) => groups.flatMap((other, i) => (other === g ? [i] : [])))
    .filter((list) => list.length > 1);
  const losses = lists.map((list) => {
    const total = logSumExp(list.map((i) => scores[i]! / temperature));
    const mass = logSumExp(list.map((i) => labels[i]! / labelTemperature));
    return list.reduce((sum, i) => {
      const logP = labels[i]! / labelTemperature - mass;
      return sum + Math.exp(logP) * (logP - (scores[i]! / temperature - total));
    }, 0);
  });
  return lists.length === 0
    ? 0
    : (temperature ** 2 * losses.reduce((sum, loss) => sum + loss, 0)) / lists.length;
};

/** The weighted mean of squared margin errors, margin by margin. */
export const marginMse = (
  scores: readonly number[],
  labels: readonly number[],
  {
    groups,
    positive,
    weights,
  }: { groups?: readonly number[]; positive?: readonly boolean[]; weights?: readonly number[] },
): number => {
  let [sum, mass] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < scores.length; j++) {
      if (groups !== undefined && groups[i] !== groups[j]) continue;
      if (positive === undefined ? i >= j : !(positive[i] && !positive[j])) continue;
      const weight = (weights?.[i] ?? 1) * (weights?.[j] ?? 1);
      sum += weight * (scores[i]! - scores[j]! - (labels[i]! - labels[j]!)) ** 2;
      mass += weight;
    }
  }
  return mass === 0 ? 0 : sum / mass;
};

/** The AnglE score of two rows: complex division component by component. */
export const angle = (x: readonly number[], y: readonly number[]): number => {
  const half = x.length / 2;
  const [lengthX, lengthY] = [Math.sqrt(dot(x, x)), Math.sqrt(dot(y, y))];
  let sum = 0;
  for (let i = 0; i < half; i++) {
    const [a, b, c, d] = [x[i]!, x[half + i]!, y[i]!, y[half + i]!];
    // (a + ib) / (c + id), with |y|² as the common denominator, scaled to unit lengths
    sum += (a * c + b * d) / lengthY ** 2 / (lengthX / lengthY);
    sum += (b * c - a * d) / lengthY ** 2 / (lengthX / lengthY);
  }
  return Math.abs(sum);
};

/** Central differences of a function of a matrix. */
export const numericGradient = (f: (x: Matrix) => number, x: Matrix, step = 1e-5): Matrix =>
  x.map((row, i) =>
    row.map((_, j) => {
      const moved = (delta: number) => x.map((r, a) => r.map((v, b) => (a === i && b === j ? v + delta : v)));
      return (f(moved(step)) - f(moved(-step))) / (2 * step);
    }),
  );
