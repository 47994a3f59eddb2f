import { checkOptions, hash53, type OptionNames, type TextList } from '../../numerics/index.js';
import { BandIndex, bandsFor, minHashBands } from './min-hash.js';
import { checkRate, type NearDuplicateOptions } from './near-duplicates.js';
import { type Bag, compareBags, hashedBag } from './token-bags.js';

/** Options of {@link findNearDuplicates}. */
export interface FindNearDuplicatesOptions extends Omit<NearDuplicateOptions, 'search'> {
  /** Called now and then with how many codes were looked at. */
  readonly onProgress?: (done: number) => void;
}

/** A code that repeats one before it, by their rows. */
export interface NearDuplicateRows {
  readonly row: number;
  readonly duplicateOf: number;
  readonly setJaccard: number;
  readonly multisetJaccard: number;
}

/** Bags at hand: what is compared once is often compared again. */
const KEPT_BAGS = 20_000;
const PROGRESS_INTERVAL = 1000;

const FIND_NEAR_DUPLICATES_OPTIONS: OptionNames<FindNearDuplicatesOptions> = {
  onProgress: true,
  setJaccard: true,
  multisetJaccard: true,
  minimumTokens: true,
};

/**
 * The codes that near-duplicate an earlier one, as {@link dropNearDuplicates} with `search: 'minhash'` finds them, for sets
 * that memory does not hold: codes may stay on disk (`TextFile`) and are read in order once, and again where they are
 * compared.
 *
 * Memory with the default limits: at most 440 bytes per code, however long it is; at most 61 million codes.
 *
 * @param codes Code as it stands, without comments for best results.
 * @returns Each near-duplicate with a code before it that repeats none, in rising order of rows.
 * @throws {RangeError} When a limit is not in (0, 1] or there are more codes than the search takes.
 *
 * @example
 * ```ts
 * import { findNearDuplicates } from 'oasis-embed/corpus';
 * const code = 'function add(a, b) {\n  const sum = a + b;\n  return check(sum, a, b);\n}';
 * const codes = [code, 'class A {}', code.replace('a + b', 'b + a')];
 * for (const { row, duplicateOf } of findNearDuplicates(codes)) console.log(row, duplicateOf); // 2 0
 * ```
 * @see Broder, On the resemblance and containment of documents (1997)
 */
export function* findNearDuplicates(
  codes: TextList,
  options: FindNearDuplicatesOptions = {},
): Generator<NearDuplicateRows> {
  checkOptions('findNearDuplicates', options, FIND_NEAR_DUPLICATES_OPTIONS);
  const { setJaccard = 0.8, multisetJaccard = 0.7, minimumTokens = 10, onProgress = () => {} } = options;
  checkRate('setJaccard', setJaccard);
  checkRate('multisetJaccard', multisetJaccard);
  const bands = bandsFor(setJaccard);
  const byBand = new BandIndex(codes.length, bands.count);
  const byCode = new BandIndex(codes.length, 1);
  const sizes = new Int32Array(codes.length);
  const comparedWith = new Int32Array(codes.length).fill(-1);
  const bagOf = bagsAtHand(codes);

  const search = (row: number, code: string, bag: Bag, keys: readonly number[]): NearDuplicateRows | null => {
    for (const other of byCode.under(hash53(code)))
      if (codes.at(other) === code) return { row, duplicateOf: other, setJaccard: 1, multisetJaccard: 1 };
    const size = bag.tokens.length;
    for (const key of keys) {
      for (const other of byBand.under(key)) {
        if (comparedWith[other] === row) continue;
        comparedWith[other] = row;
        const otherSize = sizes[other]!;
        if (otherSize < setJaccard * size - 1e-9 || size < setJaccard * otherSize - 1e-9) continue;
        const likeness = compareBags(bag, bagOf(other), setJaccard);
        if (likeness !== null && likeness.multiset >= multisetJaccard)
          return { row, duplicateOf: other, setJaccard: likeness.set, multisetJaccard: likeness.multiset };
      }
    }
    return null;
  };

  let row = 0;
  for (const code of codes) {
    const bag = hashedBag(code);
    const keys = bag.total >= minimumTokens ? minHashBands(bag.tokens, bands) : [];
    const found = search(row, code, bag, keys);
    if (found !== null) yield found;
    else {
      sizes[row] = bag.tokens.length;
      byCode.add(row, [hash53(code)]);
      byBand.add(row, keys);
    }
    row++;
    if (row % PROGRESS_INTERVAL === 0) onProgress(row);
  }
}

/** Bags of codes by their rows: those asked for last stay, the others are made again. */
const bagsAtHand = (codes: TextList): ((row: number) => Bag) => {
  const bags = new Map<number, Bag>();
  return (row) => {
    const known = bags.get(row);
    const bag = known ?? hashedBag(codes.at(row)!);
    if (known !== undefined) bags.delete(row);
    else if (bags.size === KEPT_BAGS) bags.delete(bags.keys().next().value!);
    bags.set(row, bag);
    return bag;
  };
};
