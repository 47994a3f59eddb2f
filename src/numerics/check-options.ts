/**
 * The names of all options of a function. The compiler refuses a list that lacks one or has one too many:
 *
 * ```ts
 * const names: OptionNames<CosentOptions> = { temperature: true, margin: true, … };
 * ```
 */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Other words for options, as other libraries have them, each with what it may mean here; the first that a function
 * knows is meant.
 */
const SYNONYMS =
  ' alpha:weightDecay,deltaS batch:batchSize,batchQueries batchsize:batchSize,batchQueries' +
  ' dim:dimensions dims:dimensions eps:epsilon jobs:workers,threads,concurrency k:cutoff' +
  ' lr:learningRate n:components,k ncomponents:components,dimensions negatives:negativesPerQuery' +
  ' parallelism:concurrency,threads,workers randomstate:seed scale:temperature tau:temperature' +
  ' threads:workers,concurrency tol:tolerance warmup:warmUpSteps' +
  ' workers:threads,concurrency';

const plain = (name: string): string => name.replace(/[_-]/g, '').toLowerCase();

/** Letters to insert, delete or replace between two names. */
export const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
};

/** The known name that was meant, or null: a synonym, or one that differs in at most a third of its letters. */
const meantBy = (name: string, known: readonly string[], words: string): string | null => {
  const written = plain(name);
  // What differs in case or punctuation alone is that name; a synonym may be close to another name by chance.
  const same = known.find((other) => plain(other) === written);
  const synonyms = (words.split(` ${written}:`)[1] ?? '').split(' ')[0]!.split(',');
  const meant = same ?? synonyms.find((other) => known.includes(other));
  if (meant !== undefined) return meant;
  let best: string | null = null;
  let least = 1 / 3;
  for (const other of known) {
    const distance = editDistance(written, plain(other)) / Math.max(written.length, other.length);
    if (distance <= least) [best, least] = [other, distance - 1e-9];
  }
  return best;
};

/**
 * {@link checkOptions} with other words of one's own, ' word:option,option word:option': a function that is bundled
 * alone carries no more of them than it needs.
 */
export const checkOptionNames = <Options extends object>(
  functionName: string,
  options: Options | undefined,
  names: OptionNames<Options>,
  words: string,
): void => {
  if (options === undefined) return;
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    const received = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
    throw new TypeError(`${functionName} takes an object of options, received ${received}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    const meant = meantBy(name, known, words);
    throw new TypeError(
      `${functionName} has no option ${name}: ${
        meant === null ? `its options are ${known.join(', ')}` : `did you mean ${meant}?`
      }`,
    );
  }
};

/**
 * Refuses options that a function does not have, by name, with the one that was probably meant.
 *
 * @param functionName As the caller wrote it: `cosentLoss`, `TransformerEncoder.load`.
 * @param options Undefined is no option.
 * @throws TypeError for an unknown option, or options that are no object.
 */
export const checkOptions = <Options extends object>(
  functionName: string,
  options: Options | undefined,
  names: OptionNames<Options>,
): void => checkOptionNames(functionName, options, names, SYNONYMS);

/** Those of a function's options that another one has: what is passed on. */
export const pickOptions = <Picked extends object>(options: Picked, names: OptionNames<Picked>): Picked =>
  Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name))) as Picked;
