import { describe, expect, it } from 'vitest';
import { distanceLimit } from '../../src/ast/distance/tree-edit-ratio.js';
import {
  createVocabulary,
  type FlatTree,
  flattenObject,
  type NearTwins,
  nearest,
  nearTwins,
  streamNearTwins,
  treeEditDistance,
  treeEditRatio,
} from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { plantEdits, randomTree } from './trees.js';

/** Families of edited trees among unrelated ones, so that every ratio has its pairs. */
const forest = (count: number, seed: number, labels = 4): FlatTree[] => {
  const random = createRandom(seed);
  let parent = randomTree(random, 30, labels);
  return Array.from({ length: count }, () => {
    if (random.uniform() < 0.3) parent = randomTree(random, 1 + random.below(50), labels, random.uniform());
    return flattenObject(plantEdits(parent, random.below(12), random, labels));
  });
};

const exhaustive = (trees: readonly FlatTree[], ratio: number, norm: 'sum' | 'max', minimumSize: number) => {
  const pairs: string[] = [];
  trees.forEach((a, i) => {
    trees.forEach((b, j) => {
      if (i >= j || a.size < minimumSize || b.size < minimumSize) return;
      const value = treeEditRatio(a, b, { norm });
      if (value <= ratio) pairs.push(`${i} ${j} ${treeEditDistance(a, b)} ${value}`);
    });
  });
  return pairs.sort();
};

const asStrings = ({ left, right, distances, ratios }: NearTwins) =>
  Array.from(left, (i, k) => `${i} ${right[k]} ${distances[k]} ${ratios[k]}`);

const collect = async (stream: AsyncIterable<NearTwins>) => {
  const pairs: string[] = [];
  let statistics = null;
  for await (const batch of stream) {
    pairs.push(...asStrings(batch));
    statistics = batch.statistics;
  }
  return { pairs, statistics };
};

describe('nearTwins', () => {
  const trees = forest(160, 3);

  it.each([
    [0, 'sum'],
    [0.05, 'sum'],
    [0.1, 'sum'],
    [0.2, 'sum'],
    [0.3, 'sum'],
    [0.5, 'sum'],
    [1, 'sum'],
    [0.1, 'max'],
    [0.3, 'max'],
    [0.7, 'max'],
  ] as const)('finds what comparing every pair finds at ratio %f under the %s norm', (ratio, norm) => {
    const twins = nearTwins(trees, { ratio, norm, minimumSize: 8 });
    expect(asStrings(twins).sort()).toEqual(exhaustive(trees, ratio, norm, 8));
  });

  it('keeps a pair that sits exactly at the ratio, whatever the rounding', () => {
    for (let divisor = 1; divisor <= 300; divisor++) {
      for (let d = 0; d <= divisor; d++) {
        const limit = distanceLimit(d / divisor, divisor);
        if (limit !== d) expect([d, divisor, limit]).toEqual([d, divisor, d]);
      }
    }
    // 0.29 * 100 is 28.999999999999996 in float64.
    expect(distanceLimit(0.29, 100)).toBe(29);
    for (const [i, j] of [
      [0, 1],
      [3, 4],
      [10, 12],
    ] as const) {
      const pair = [trees[i]!, trees[j]!];
      const ratio = treeEditRatio(pair[0]!, pair[1]!);
      expect(nearTwins(pair, { ratio, minimumSize: 0 }).left).toHaveLength(1);
    }
  });

  it('orders pairs by the smaller size, then the larger, then the place', () => {
    const { left, right } = nearTwins(trees, { ratio: 0.4, minimumSize: 1 });
    const keys = Array.from(left, (i, k) => {
      const j = right[k]!;
      expect(i).toBeLessThan(j);
      const [small, large] = trees[i]!.size <= trees[j]!.size ? [i, j] : [j, i];
      return [trees[small]!.size, small, trees[large]!.size, large];
    });
    const sorted = keys.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]! || a[3]! - b[3]!);
    expect(keys).toEqual(sorted);
    expect(keys.length).toBeGreaterThan(20);
  });

  it('counts what each filter lets through, never more than it was given', () => {
    const { statistics, left } = nearTwins(trees, { ratio: 0.2, minimumSize: 10 });
    const chosen = trees.filter(({ size }) => size >= 10).length;
    expect(statistics.trees).toBe(chosen);
    expect(statistics.tooSmall).toBe(trees.length - chosen);
    expect(statistics.pairs).toBe((chosen * (chosen - 1)) / 2);
    const stages = [
      statistics.pairs,
      statistics.afterSize,
      statistics.afterLabels,
      statistics.afterPreorder,
      statistics.afterPostorder,
      statistics.twins,
    ];
    expect(stages.toSorted((a, b) => b - a)).toEqual(stages);
    expect(statistics.twins).toBe(left.length);
    expect(statistics.afterLabels).toBeLessThan(statistics.afterSize);
    expect(statistics.afterPreorder).toBeLessThan(statistics.afterLabels);
  });

  it('leaves small trees and trees with errors out unless asked', () => {
    const small = flattenObject({ label: 'a' });
    const broken: FlatTree = { ...flattenObject(randomTree(createRandom(1), 30, 2)), hasError: true };
    const four = [small, small, broken, broken];
    expect(nearTwins(four).statistics).toMatchObject({ trees: 0, tooSmall: 2, withErrors: 2, twins: 0 });
    expect(asStrings(nearTwins(four, { minimumSize: 1, withErrors: true }))).toEqual(['0 1 0 0', '2 3 0 0']);
  });

  it('says what the pairs depend on', () => {
    const settings = { ratio: 0.1, norm: 'max', minimumSize: 7 } as const;
    expect(nearTwins(trees, settings).settings).toEqual({ ...settings, labelMode: 'custom', nodes: 'all' });
    expect(nearTwins([]).settings).toMatchObject({
      ratio: 0.2,
      norm: 'sum',
      minimumSize: 20,
      labelMode: null,
    });
  });

  it('finds nothing among no trees', () => {
    expect(nearTwins([]).left).toHaveLength(0);
  });

  it.each([
    [{ ratio: -0.1 }, 'ratio must be in [0, 1], received -0.1'],
    [{ ratio: 1.5 }, 'ratio must be in [0, 1], received 1.5'],
    [{ ratio: Number.NaN }, 'ratio must be in [0, 1], received NaN'],
    [{ minimumSize: 2.5 }, 'minimumSize must be a whole number'],
    [{ norm: 'mean' as 'sum' }, "norm must be 'sum' or 'max', received mean"],
  ])('refuses %o', (options, message) => {
    expect(() => nearTwins(trees, options)).toThrow(message);
  });

  it('refuses trees of different vocabularies', () => {
    const other = flattenObject({ label: 'a' }, { vocabulary: createVocabulary() });
    expect(() => nearTwins([...trees, other])).toThrow('same vocabulary');
  });
});

describe('streamNearTwins', () => {
  const trees = forest(700, 11);
  const options = { ratio: 0.25, minimumSize: 5 };
  const whole = nearTwins(trees, options);

  it('yields the pairs of nearTwins in its order, in several batches', async () => {
    let batches = 0;
    for await (const _ of streamNearTwins(trees, options)) batches++;
    const { pairs, statistics } = await collect(streamNearTwins(trees, options));
    expect(batches).toBeGreaterThan(1);
    expect(pairs).toEqual(asStrings(whole));
    expect(statistics).toEqual(whole.statistics);
  });

  it('yields the same from worker threads, in the same order', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { pairs, statistics } = await collect(streamNearTwins(trees, { ...options, threads: 2 }));
    process.off('warning', listen);
    expect(warnings.filter(({ message }) => message.includes('join-worker'))).toEqual([]);
    expect(pairs).toEqual(asStrings(whole));
    expect(statistics).toEqual(whole.statistics);
  });

  it('reports progress up to all pairs', async () => {
    const seen: number[] = [];
    let total = 0;
    const onProgress = (progress: { pairsDone: number; pairsTotal: number }) => {
      seen.push(progress.pairsDone);
      total = progress.pairsTotal;
    };
    await collect(streamNearTwins(trees, { ...options, onProgress }));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBe(whole.statistics.pairs);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
  });

  it.each([1, 2])('stops when aborted, with %i threads', async (threads) => {
    const controller = new AbortController();
    const stream = streamNearTwins(trees, {
      ...options,
      threads,
      signal: controller.signal,
      onProgress: ({ pairsDone }) => {
        if (pairsDone > 10_000) controller.abort(new Error('enough'));
      },
    });
    await expect(collect(stream)).rejects.toThrow('enough');
  });

  it('does not start when aborted before', async () => {
    const stream = streamNearTwins(trees, { signal: AbortSignal.abort(new Error('early')) });
    await expect(stream.next()).rejects.toThrow('early');
  });

  it('yields one empty batch when there are no trees', async () => {
    const batches: NearTwins[] = [];
    for await (const batch of streamNearTwins([])) batches.push(batch);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.statistics).toMatchObject({ trees: 0, pairs: 0, twins: 0 });
  });

  it('refuses a number of threads below 1', async () => {
    await expect(streamNearTwins(trees, { threads: 0 }).next()).rejects.toThrow('threads must be');
  });
});

describe('nearest', () => {
  const trees = forest(120, 5);

  it.each(['sum', 'max', 'none'] as const)('finds what ranking all trees finds, by %s', (norm) => {
    const random = createRandom(9);
    for (let run = 0; run < 8; run++) {
      const query = trees[random.below(trees.length)]!;
      const ranked = trees
        .map((tree, index) => {
          const distance = treeEditDistance(query, tree);
          return { index, value: norm === 'none' ? distance : treeEditRatio(query, tree, { norm }) };
        })
        .sort((a, b) => a.value - b.value || a.index - b.index);
      for (const k of [0, 1, 7, 200]) {
        const found = nearest(query, trees, k, { norm });
        expect([...found.indices]).toEqual(ranked.slice(0, k).map(({ index }) => index));
        expect([...found.values]).toEqual(ranked.slice(0, k).map(({ value }) => value));
      }
    }
  });

  it('refuses a k that is no whole number', () => {
    expect(() => nearest(trees[0]!, trees, -1)).toThrow(
      'k must be a whole number of at least 0, received -1',
    );
    expect(() => nearest(trees[0]!, trees, 1.5)).toThrow('received 1.5');
  });
});
