/** What the sampler needs to know about a function. */
export interface SampledFunction {
  /** Distinct within its repository, and the same in every run. */
  readonly id: string;
  readonly repository: string;
  /** What makes two functions duplicates; without it no two are. */
  readonly content?: string;
}

/** A preferred source of negatives, such as neighbors in the call graph or lexically near functions. */
export interface NegativeStratum {
  readonly name: string;
  /** At most this many of the k negatives of a function come from this stratum. */
  readonly count: number;
  /** The candidates of function `index`, as indices into the functions; drawn from uniformly. */
  readonly candidates: (index: number) => ArrayLike<number>;
}

/** How many negatives `sampleInRepoNegatives` draws, by which seed, and which it avoids. */
export interface SampleInRepoNegativesOptions {
  /** Negatives per function. */
  readonly k: number;
  /** Any safe integer. */
  readonly seed: number;
  /**
   * Served in their order; what they leave open is drawn from the whole repository.
   * @defaultValue none
   */
  readonly strata?: readonly NegativeStratum[];
}

/** What small repositories could not supply. */
export interface NegativeShortfall {
  /** Functions with fewer than k negatives. */
  readonly functions: number;
  /** Repositories in which some function has fewer than k negatives. */
  readonly repositories: number;
  /** Missing pairs: k times the number of functions, less the pairs given. */
  readonly pairs: number;
}

/** Pairs [P] of a function whose docstring is the query with a function that does not answer it. */
export interface NegativePairs {
  /** Index of the function that asks, ascending, [P]. */
  readonly query: Uint32Array;
  /** Index of the function that is the negative, [P]. */
  readonly document: Uint32Array;
  /** 0 where the pair was drawn at random, s + 1 where it came from `strata[s]`, [P]. */
  readonly stratum: Uint8Array;
  readonly shortfall: NegativeShortfall;
}
