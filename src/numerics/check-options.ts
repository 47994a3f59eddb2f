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
  let row = [0, ...b].map((_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++)
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
  }
  return row[b.length]!;
};

/** The known name that was meant: a synonym, or one that differs in at most a third of its letters. */
const meantBy = (name: string, known: readonly string[], words: string): string | undefined => {
  const written = plain(name);
  const synonyms = words.split(` ${written}:`)[1]?.split(' ')[0]?.split(',') ?? [];
  const far = (other: string) => editDistance(written, plain(other)) / Math.max(written.length, other.length);
  return (
    // What differs in case or punctuation alone is that name; a synonym may be close to another name by chance.
    known.find((other) => plain(other) === written) ??
    synonyms.find((other) => known.includes(other)) ??
    known.filter((other) => far(other) <= 1 / 3).sort((a, b) => far(a) - far(b))[0]
  );
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
        meant === undefined ? `its options are ${known.join(', ')}` : `did you mean ${meant}?`
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
