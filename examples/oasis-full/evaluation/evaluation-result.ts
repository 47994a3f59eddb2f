import type { Measure } from 'oasis-embed/metrics';

export interface Interval {
  readonly value: number;
  /** Ends of the 95% bootstrap interval over queries. */
  readonly low: number;
  readonly high: number;
}

/** Of pairs that are classified. */
export type PairMeasure = 'accuracy' | 'f1' | 'precision' | 'recall' | 'average precision';

export interface SystemOnTask extends Interval {
  readonly system: string;
  readonly role: 'baseline' | 'model';
  readonly measures: Readonly<Partial<Record<Measure | PairMeasure, number>>>;
}

export interface ComparisonOnTask {
  readonly against: string;
  readonly difference: number;
  /** Two-sided paired randomization test, Holm-corrected over all comparisons of the command. */
  readonly pValue: number;
}

/** One column of the table. */
export interface TaskResult {
  readonly task: string;
  /** The programming language that it is about; null where it is about none or several. */
  readonly language: string | null;
  readonly measure: Measure | 'accuracy';
  readonly queries: number;
  readonly documents: number;
  readonly systems: readonly SystemOnTask[];
  readonly comparisons: readonly ComparisonOnTask[];
  readonly hardSubset: {
    readonly rank: number;
    readonly queries: number;
    readonly systems: readonly (Interval & { readonly system: string })[];
  } | null;
  readonly notes: readonly string[];
}

/** What `--json` prints. */
export interface EvaluationResult {
  readonly benchmark: string;
  readonly model: { readonly path: string; readonly kind: string; readonly dimensions: number };
  readonly tasks: readonly TaskResult[];
  readonly published: readonly {
    readonly system: string;
    readonly scores: Readonly<Record<string, number>>;
  }[];
  readonly seconds: number;
  /** Of the processor, all threads together. */
  readonly processorSeconds: number;
  readonly peakMemoryMegabytes: number;
}
