import { type Split, type SplitItem, seededOrder } from './owner-split.js';

/** How functions are divided into parts of about one size, each to be held out once. */
export interface FoldRule {
  /** What is never divided: what one owner has, or a file where there are fewer owners than folds. */
  readonly unit: 'owner' | 'file';
  readonly folds: number;
  /** The part that a function is in. */
  readonly foldOf: (item: SplitItem) => number;
}

const fileOf = ({ repository, path }: SplitItem): string => `${repository}\0${path}`;

/**
 * Parts for cross-validation: owners, or files where there are fewer owners than parts, go whole and largest first to the
 * part that has least, by their documented functions. The seed breaks ties and alone decides where units without a doc go.
 *
 * @throws RangeError where fewer units than folds have a documented function.
 */
export const foldSplit = (
  items: Iterable<SplitItem & { readonly documented: boolean }>,
  {
    folds,
    seed,
    ownerOf,
  }: {
    readonly folds: number;
    readonly seed: number;
    readonly ownerOf: (repository: string) => string;
  },
): FoldRule => {
  const owners = new Map<string, number>();
  const files = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string, documented: boolean) =>
    counts.set(key, (counts.get(key) ?? 0) + (documented ? 1 : 0));
  for (const item of items) {
    count(owners, ownerOf(item.repository), item.documented);
    count(files, fileOf(item), item.documented);
  }
  const asked = (counts: ReadonlyMap<string, number>) => [...counts.values()].filter((n) => n > 0).length;
  const unit = asked(owners) >= folds ? 'owner' : 'file';
  const counts = unit === 'owner' ? owners : files;
  if (asked(counts) < folds)
    throw new RangeError(
      `--folds must be at most the number of files with documented functions, ${asked(counts)}, received ${folds}`,
    );
  const keys = [...counts.keys()]
    .map((key) => ({ key, size: counts.get(key)!, order: seededOrder(seed, key) }))
    .sort((a, b) => b.size - a.size || a.order - b.order || (a.key < b.key ? -1 : 1));
  const sizes = new Array<number>(folds).fill(0);
  const units = new Array<number>(folds).fill(0);
  const assigned = new Map<string, number>();
  for (const { key, size } of keys) {
    let least = 0;
    for (let fold = 1; fold < folds; fold++)
      if (sizes[fold]! < sizes[least]! || (sizes[fold] === sizes[least] && units[fold]! < units[least]!))
        least = fold;
    assigned.set(key, least);
    sizes[least]! += size;
    units[least]!++;
  }
  const keyOf = unit === 'owner' ? (item: SplitItem) => ownerOf(item.repository) : fileOf;
  return { unit, folds, foldOf: (item) => assigned.get(keyOf(item)) ?? 0 };
};

/** One part is measured on, the next one chooses the best step, the others teach. */
export const sideIn = (fold: number, { folds, foldOf }: FoldRule, item: SplitItem): Split => {
  const own = foldOf(item);
  if (own === fold) return 'test';
  return own === (fold + 1) % folds ? 'validation' : 'train';
};
