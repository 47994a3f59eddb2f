/** One optimizer step. */
export interface StepRecord {
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly infoNce: number;
  readonly cosent: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

/** One evaluation on the validation set. */
export interface EvaluationRecord {
  /** Steps done before it: 0 is the untrained encoder. */
  readonly step: number;
  readonly epoch: number;
  /** Mean reciprocal rank with a cutoff at 1,000. */
  readonly mrr: number;
  readonly best: boolean;
}
