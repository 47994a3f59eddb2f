/** What a run hands to {@link renderReport}: plain data, every part after `corpus` optional. */
export interface ReportData {
  readonly title: string;
  /** When the run ended: a date and time in ISO 8601. */
  readonly createdAt: string;
  /** The command as it was typed. */
  readonly command?: string;
  /** The options in force, defaults included. */
  readonly options?: Readonly<Record<string, ReportOption>>;
  /** Remarks that belong at the top, such as "the labels come from an offline model". */
  readonly notes?: readonly string[];
  readonly corpus?: CorpusReport;
  readonly similarity?: SimilarityReport;
  readonly refinement?: RefinementReport;
  readonly training?: TrainingReport;
  readonly evaluation?: EvaluationReport;
  readonly ablation?: AblationReport;
  /** Tables by repository, by language, on a hard subset. */
  readonly breakdowns?: readonly BreakdownReport[];
  readonly map?: MapReport;
  readonly searches?: readonly SearchReport[];
  readonly timings?: readonly StageTiming[];
  /** Names with their versions: Node, TensorFlow.js, the backend, the package itself. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** The value of one option of a run. */
export type ReportOption = string | number | boolean | null | readonly (string | number | boolean)[];

/** A part of the corpus. */
export type ReportSplit = 'train' | 'validation' | 'test';

/** The corpus: repositories, languages, splits. */
export interface CorpusReport {
  readonly repositories: readonly RepositoryReport[];
  /** Functions found before any filter. */
  readonly functionsFound?: number;
  /** Files read. */
  readonly files?: number;
  /** Functions left out, by reason. */
  readonly filters?: readonly { readonly reason: string; readonly count: number }[];
  /** Files and folders not read, by reason. */
  readonly filesNotRead?: readonly { readonly reason: string; readonly count: number }[];
  /** Queries with their positives after annotation. */
  readonly queries?: number;
  /** In-repository negatives per query. */
  readonly negativesPerQuery?: number;
  /** Where the query texts come from, such as `the authors' own doc comments`. */
  readonly docstrings?: string;
}

/** One repository of the corpus. */
export interface RepositoryReport {
  readonly name: string;
  readonly version?: string;
  readonly license?: string;
  readonly split: ReportSplit;
  /** Functions kept, by language. */
  readonly functions: Readonly<Record<string, number>>;
}

/** Counts over equal bins of [minimum, maximum]. */
export interface HistogramData {
  readonly minimum: number;
  readonly maximum: number;
  readonly counts: ArrayLike<number>;
}

/** The mixture that was fitted to the similarities of negatives. */
export interface MixtureReport {
  readonly weights: ArrayLike<number>;
  readonly means: ArrayLike<number>;
  readonly variances: ArrayLike<number>;
  /** Shapes of a mixture of betas; without them its components are normal. */
  readonly alphas?: ArrayLike<number>;
  readonly betas?: ArrayLike<number>;
}

/** A fit with one number of components, to be compared with the others. */
export interface MixtureFitReport {
  readonly components: number;
  /** Bayesian information criterion: lower is better. */
  readonly bic: number;
  readonly converged: boolean;
}

/** Where the line between unlikely and likely false negatives was drawn, and why there. */
export type ThresholdReport =
  | { readonly kind: 'intersection'; readonly value: number }
  | { readonly kind: 'chosen'; readonly value: number; readonly reason: string }
  | { readonly kind: 'none'; readonly reason: string };

/** How the similarities of pairs are distributed. */
export interface SimilarityReport {
  /** Similarities of the in-repository negatives. */
  readonly negatives: HistogramData;
  /** Similarities of queries with their own code, where known; same bins or others. */
  readonly positives?: HistogramData;
  readonly mixture?: MixtureReport;
  readonly threshold: ThresholdReport;
  /** Who gave the similarities, such as `LSA on subtokens, 256 dimensions`. */
  readonly labeler?: string;
  /** Ashman's D of the two components; above 2 they count as separate. */
  readonly ashmanD?: number;
  /** BIC of one component minus BIC of two; positive prefers two. */
  readonly deltaBic?: number;
  /** Fits with 1, 2, … components. */
  readonly fits?: readonly MixtureFitReport[];
}

/** What refinement suspected, judged and raised. */
export interface RefinementReport {
  /** Negative pairs looked at. */
  readonly pairs: number;
  readonly deltaS: number;
  /** Who judged, such as `same tree up to renaming`. */
  readonly judge: string;
  /** Suspects and verdicts by the rule that named them. */
  readonly rules: readonly RefinementRule[];
  readonly examples?: readonly RefinementExample[];
}

/** One rule of refinement and what it found. */
export interface RefinementRule {
  /** `threshold`, `aboveOwnPositive`, `tree`, several joined by ` + `, or a name of the caller's own. */
  readonly rule: string;
  readonly suspects: number;
  /** Judged equivalent: their similarity was raised. */
  readonly accepted: number;
  /** Judged different: left as they were. */
  readonly rejected: number;
  /** No usable verdict: left as they were. */
  readonly invalid?: number;
}

/** A place in the code of the corpus. */
export interface CodeReference {
  readonly name: string;
  readonly repository: string;
  readonly path: string;
  readonly line: number;
  readonly language?: string;
  readonly code: string;
}

/** One suspect, as an example. */
export interface RefinementExample {
  readonly query: string;
  readonly positive: CodeReference;
  readonly candidate: CodeReference;
  readonly before: number;
  readonly after: number;
  readonly rule: string;
  readonly verdict: 'accepted' | 'rejected' | 'invalid';
  /** The judge's reason, in words. */
  readonly reason?: string;
  /** Tree edit distance of the two codes over the sum of their sizes: 0 for equal trees. */
  readonly treeRatio?: number;
}

/** How training went. */
export interface TrainingReport {
  /** The encoder in words, such as `subtoken-bag`. */
  readonly encoder: string;
  readonly dimensions?: number;
  readonly parameters?: number;
  readonly backend?: string;
  /** Settings worth showing: batch size, learning rate, temperatures, weights. */
  readonly settings?: Readonly<Record<string, ReportOption>>;
  readonly losses?: LossCurves;
  readonly validation?: ValidationCurve;
  /** Why training ended, such as `no better validation MRR in 5 evaluations`. */
  readonly stopped?: string;
  readonly seconds?: number;
}

/** Loss terms by optimizer step, unweighted; parallel arrays. */
export interface LossCurves {
  readonly steps: ArrayLike<number>;
  readonly total: ArrayLike<number>;
  readonly infoNce?: ArrayLike<number>;
  readonly cosent?: ArrayLike<number>;
}

/** A measure on the validation set over the steps of training. */
export interface ValidationCurve {
  /** The measure followed, such as `MRR@1000`. */
  readonly measure: string;
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** The step whose weights were kept. */
  readonly bestStep: number;
}

/** A measure with its interval. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Systems and their measures on the test set. */
export interface EvaluationReport {
  readonly queries: number;
  /** Codes each query is ranked against. */
  readonly candidates: number;
  /** Held-out codes, where only a part of them, whole repositories, are candidates. */
  readonly heldOut?: number;
  /** Repositories the queries come from; all repositories of the test split when left out. */
  readonly repositories?: number;
  /** Names in the order of the columns; the first is the one the summary speaks of. */
  readonly measures: readonly string[];
  readonly systems: readonly SystemReport[];
  /** What the intervals are, such as `95% bootstrap intervals over queries`. */
  readonly intervals?: string;
  /** Paired tests of the trained system against others. */
  readonly comparisons?: readonly ComparisonReport[];
}

/** One system and its measures. */
export interface SystemReport {
  readonly name: string;
  /** Lets the summary tell the trained encoder from what it is held against. */
  readonly role?: 'trained' | 'untrained' | 'baseline';
  readonly measures: Readonly<Record<string, Estimate>>;
}

/** Two systems compared by a significance test. */
export interface ComparisonReport {
  readonly system: string;
  readonly against: string;
  readonly measure: string;
  /** `system` minus `against`. */
  readonly difference: number;
  readonly pValue: number;
  /** Such as `paired randomization test, Holm-corrected`. */
  readonly test?: string;
}

/** The recipe with parts left out. */
export interface AblationReport {
  readonly measure: string;
  readonly rows: readonly AblationRow[];
  /** What the rows' intervals are, such as `95% bootstrap intervals over queries`. */
  readonly intervals?: string;
  /** What the rows' p-values are, such as `paired randomization test against the full recipe, Holm-corrected`. */
  readonly test?: string;
  readonly note?: string;
}

/** One variant of the recipe. */
export interface AblationRow {
  readonly name: string;
  /** Marks the row that the others are held against. */
  readonly full?: boolean;
  /** One value per seed, in [0, 1]. */
  readonly values: readonly number[];
  /** Ends of an interval of the mean; drawn instead of the standard deviation. */
  readonly low?: number;
  readonly high?: number;
  /** Ends of an interval of the difference from the full recipe. */
  readonly difference?: { readonly low: number; readonly high: number } | null;
  /** Of the difference from the full recipe. */
  readonly pValue?: number;
}

/** Measures by groups of queries. */
export interface BreakdownReport {
  readonly title: string;
  readonly note?: string;
  /** What a row is, such as `Repository`. */
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
  /** How this map was made, such as `SMACOF`; panels of one method, one after another, stand together on one scale. */
  readonly method?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Cosine of query and code in the full space. */
  readonly similarities?: ArrayLike<number>;
  /** The part of the spread that the plane shows, in [0, 1]. */
  readonly explained?: number;
  /** Normalized stress, √(Σ(d̂ − d)² / Σd²): 0 for a perfect map. */
  readonly stress?: number;
}

/** Maps of the embeddings. */
export interface MapReport {
  readonly pairs: readonly { readonly query: string; readonly code: string; readonly group?: string }[];
  /** Usually two: before and after training. */
  readonly panels: readonly MapPanel[];
  /** How the maps were made, such as `multidimensional scaling of cosine distances`. */
  readonly method?: string;
}

/** Queries and what was found for each. */
export interface SearchReport {
  readonly query: string;
  readonly milliseconds?: number;
  readonly results: readonly SearchResultReport[];
}

/** One result of a search. */
export interface SearchResultReport extends CodeReference {
  /** Cosine similarity. */
  readonly score: number;
}

/** How long a stage took. */
export interface StageTiming {
  readonly stage: string;
  readonly seconds: number;
  /** Resident memory at its highest in this stage. */
  readonly peakBytes?: number;
  /** Taken from an earlier run instead of computed. */
  readonly cached?: boolean;
}
