/**
 * What {@link renderReport} shows: plain data. Every part is optional; a part that is missing is left out of the page.
 *
 * @example
 * ```ts
 * import type { ReportData } from 'oasis-embed/report';
 *
 * const data: ReportData = {
 *   title: 'A first run',
 *   createdAt: '2025-01-31T12:00:00Z',
 *   evaluation: {
 *     queries: 500,
 *     candidates: 500,
 *     measures: ['MRR'],
 *     systems: [{ name: 'trained', role: 'trained', measures: { MRR: { value: 0.57 } } }],
 *   },
 * };
 * ```
 */
export interface ReportData {
  readonly title: string;
  /** When the run ended: a date and time in ISO 8601. */
  readonly createdAt: string;
  /** The command as it was typed. */
  readonly command?: string;
  /** The options in force, defaults included. */
  readonly options?: ReportSettings;
  /** Remarks for the top of the page, such as "The labels come from an offline model." */
  readonly notes?: readonly string[];
  readonly corpus?: CorpusReport;
  readonly similarity?: SimilarityReport;
  readonly refinement?: RefinementReport;
  readonly training?: TrainingReport;
  readonly evaluation?: EvaluationReport;
  readonly ablation?: AblationReport;
  /** Tables by repository, by language or on a hard subset. */
  readonly breakdowns?: readonly BreakdownReport[];
  readonly map?: MapReport;
  readonly searches?: readonly SearchReport[];
  /** How long each stage took. */
  readonly timings?: readonly {
    readonly stage: string;
    readonly seconds: number;
    /** Peak resident memory during the stage. */
    readonly peakBytes?: number;
    /** Reused from an earlier run. */
    readonly cached?: boolean;
  }[];
  /** Version by name: Node, TensorFlow.js, the backend, this package. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Settings by name, as a report lists them. */
export type ReportSettings = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number | boolean)[]>
>;

/** The corpus: repositories, languages, splits. */
export interface CorpusReport {
  readonly repositories: readonly {
    readonly name: string;
    readonly version?: string;
    readonly license?: string;
    readonly split: 'train' | 'validation' | 'test';
    /** Functions kept, by language. */
    readonly functions: Readonly<Record<string, number>>;
  }[];
  /** Functions found before any filter. */
  readonly functionsFound?: number;
  /** Files read. */
  readonly files?: number;
  /** Functions left out, by reason. */
  readonly filters?: readonly { readonly reason: string; readonly count: number }[];
  /** Files and folders not read, by reason. */
  readonly filesNotRead?: readonly { readonly reason: string; readonly count: number }[];
  /** Files with syntax errors, read as far as possible, and the functions found that hold one. */
  readonly syntaxErrors?: { readonly files: number; readonly functions: number };
  /** Queries with a positive after annotation. */
  readonly queries?: number;
  /** In-repository negatives per query. */
  readonly negativesPerQuery?: number;
  /** Where the queries come from, such as `the authors' own doc comments`. */
  readonly docstrings?: string;
}

/** Counts in equal bins over [minimum, maximum]. */
export interface HistogramData {
  readonly minimum: number;
  readonly maximum: number;
  readonly counts: ArrayLike<number>;
}

/** How the similarities of pairs are distributed. */
export interface SimilarityReport {
  /** Similarities of the in-repository negatives. */
  readonly negatives: HistogramData;
  /** Similarities of queries to their own code, if known; the bins may differ. */
  readonly positives?: HistogramData;
  /** Similarities of all pairs, positives among them, where the mixture was fitted to those. */
  readonly pairs?: HistogramData;
  /** The mixture fitted to `pairs`, or without them to the negatives. */
  readonly mixture?: {
    readonly weights: ArrayLike<number>;
    readonly means: ArrayLike<number>;
    readonly variances: ArrayLike<number>;
    /** Shapes of a beta mixture; without them the components are normal. */
    readonly alphas?: ArrayLike<number>;
    readonly betas?: ArrayLike<number>;
  };
  /** Where likely false negatives begin, and why there. */
  readonly threshold:
    | { readonly kind: 'intersection'; readonly value: number }
    | { readonly kind: 'chosen'; readonly value: number; readonly reason: string }
    | { readonly kind: 'none'; readonly reason: string };
  /** The source of the similarities, such as `LSA on subtokens, 256 dimensions`. */
  readonly labeler?: string;
  /** Ashman's D of the two components; above 2 they count as separate. */
  readonly ashmanD?: number;
  /** BIC of one component minus BIC of two; a positive value prefers two. */
  readonly deltaBic?: number;
  /** Fits with 1, 2, … components. */
  readonly fits?: readonly {
    readonly components: number;
    /** Bayesian information criterion: lower is better. */
    readonly bic: number;
    readonly converged: boolean;
  }[];
}

/** Which labels refinement suspected, judged and raised. */
export interface RefinementReport {
  /** Negative pairs examined. */
  readonly pairs: number;
  readonly deltaS: number;
  /** The judge, such as `same tree up to renaming`. */
  readonly judge: string;
  /** Suspects and verdicts, by the rule that raised the suspicion. */
  readonly rules: readonly {
    /** `threshold`, `aboveOwnPositive`, `tree`, several joined by ` + `, or a name of your own. */
    readonly rule: string;
    readonly suspects: number;
    /** Judged equivalent: their similarity was raised. */
    readonly accepted: number;
    /** Judged different: unchanged. */
    readonly rejected: number;
    /** No usable verdict: unchanged. */
    readonly invalid?: number;
  }[];
  /** A few suspects in full. */
  readonly examples?: readonly {
    readonly query: string;
    readonly positive: CodeReference;
    readonly candidate: CodeReference;
    readonly before: number;
    readonly after: number;
    readonly rule: string;
    readonly verdict: 'accepted' | 'rejected' | 'invalid';
    /** The judge's reason, in words. */
    readonly reason?: string;
    /** Tree edit distance divided by the sum of both sizes: 0 for equal trees. */
    readonly treeRatio?: number;
  }[];
}

/** A function and where it is. */
export interface CodeReference {
  readonly name: string;
  readonly repository: string;
  readonly path: string;
  readonly line: number;
  readonly language?: string;
  readonly code: string;
}

/** How training went. */
export interface TrainingReport {
  /** The encoder in words, such as `subtoken-bag`. */
  readonly encoder: string;
  readonly dimensions?: number;
  readonly parameters?: number;
  readonly backend?: string;
  /** Settings worth showing: batch size, learning rate, temperatures, weights. */
  readonly settings?: ReportSettings;
  /** Loss terms by optimizer step, unweighted: parallel arrays. */
  readonly losses?: {
    readonly steps: ArrayLike<number>;
    readonly total: ArrayLike<number>;
    readonly infoNce?: ArrayLike<number>;
    readonly cosent?: ArrayLike<number>;
  };
  /** A measure on the validation set by optimizer step: parallel arrays. */
  readonly validation?: {
    /** The name of the measure, such as `MRR@1000`. */
    readonly measure: string;
    readonly steps: ArrayLike<number>;
    readonly values: ArrayLike<number>;
    /** The step whose weights were kept. */
    readonly bestStep: number;
  };
  /** Why training ended, such as `no better validation MRR in 5 evaluations`. */
  readonly stopped?: string;
  readonly seconds?: number;
}

/** Systems and their measures on the test set. */
export interface EvaluationReport {
  readonly queries: number;
  /** Documents that each query is ranked against. */
  readonly candidates: number;
  /** All held-out documents, if only some of their repositories are candidates. */
  readonly heldOut?: number;
  /** Repositories that the queries come from. @defaultValue all repositories of the test split */
  readonly repositories?: number;
  /** Measures in the order of the columns; the summary quotes the first. */
  readonly measures: readonly string[];
  readonly systems: readonly {
    readonly name: string;
    /** Lets the summary compare the trained encoder with the others. */
    readonly role?: 'trained' | 'untrained' | 'baseline';
    /** By the name of the measure, with the ends of an interval if there is one. */
    readonly measures: Readonly<
      Record<string, { readonly value: number; readonly low?: number; readonly high?: number }>
    >;
  }[];
  /** What the intervals are, such as `95% bootstrap intervals over queries`. */
  readonly intervals?: string;
  /** Significance tests of one system against another. */
  readonly comparisons?: readonly {
    readonly system: string;
    readonly against: string;
    readonly measure: string;
    /** `system` minus `against`. */
    readonly difference: number;
    readonly pValue: number;
    /** Such as `paired randomization test, Holm-corrected`. */
    readonly test?: string;
  }[];
}

/** The recipe with parts left out. */
export interface AblationReport {
  readonly measure: string;
  readonly rows: readonly {
    readonly name: string;
    /** Marks the row that the others are compared with. */
    readonly full?: boolean;
    /** One value per seed, in [0, 1]. */
    readonly values: readonly number[];
    /** Ends of an interval of the mean, drawn instead of the standard deviation. */
    readonly low?: number;
    readonly high?: number;
    /** Ends of an interval of the difference from the full recipe. */
    readonly difference?: { readonly low: number; readonly high: number } | null;
    /** Of the difference from the full recipe. */
    readonly pValue?: number;
  }[];
  /** What the rows' intervals are, such as `95% bootstrap intervals over queries`. */
  readonly intervals?: string;
  /** What the rows' p-values are, such as `paired randomization test against the full recipe, Holm-corrected`. */
  readonly test?: string;
  readonly note?: string;
}

/** A measure by groups of queries. */
export interface BreakdownReport {
  readonly title: string;
  readonly note?: string;
  /** What a row stands for, such as `Repository`. */
  readonly group: string;
  readonly measure: string;
  readonly systems: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly queries: number;
    /** One value per system. */
    readonly values: readonly number[];
  }[];
}

/** Plane coordinates of pairs: the query of pair i at (x[i], y[i]), its code at (x[n + i], y[n + i]). */
export interface MapPanel {
  readonly title: string;
  /** How this map was made, such as `SMACOF`; adjacent panels of one method share a scale. */
  readonly method?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Cosine of query and code in the full space. */
  readonly similarities?: ArrayLike<number>;
  /** The share of the spread that the plane shows, in [0, 1]. */
  readonly explained?: number;
  /** Normalized stress, √(Σ(d̂ − d)² / Σd²): 0 for a perfect map. */
  readonly stress?: number;
}

/** Maps of the embeddings. */
export interface MapReport {
  readonly pairs: readonly { readonly query: string; readonly code: string; readonly group?: string }[];
  /** Usually two, before and after training; {@link embeddingMaps} makes them. */
  readonly panels: readonly MapPanel[];
  /** How the maps were made, such as `multidimensional scaling of cosine distances`. */
  readonly method?: string;
}

/** A search and its results. */
export interface SearchReport {
  readonly query: string;
  readonly milliseconds?: number;
  /** Best first, each with its cosine similarity. */
  readonly results: readonly (CodeReference & { readonly score: number })[];
}
