export {
  type ClassicalMds,
  type ClassicalMdsOptions,
  classicalMds,
  type Embedding,
} from './classical-mds.js';
export { dedentCode } from './dedent-code.js';
export type { DistanceMatrix } from './distance-matrix.js';
export { type EmbeddingMapsOptions, type EmbeddingSnapshot, embeddingMaps } from './embedding-maps.js';
export {
  type Curve,
  type CurvesFigureOptions,
  curvesFigure,
  type FigureOptions,
  type HistogramFigureOptions,
  histogramFigure,
} from './figures/index.js';
export { type CodeToken, codeTokens } from './highlight-code.js';
export { languageName } from './language-name.js';
export {
  type ComparisonPageOptions,
  type DifferencesFigureOptions,
  differencesFigure,
  renderComparison,
} from './render-comparison.js';
export { renderReport } from './render-report.js';
export type {
  AblationReport,
  BreakdownReport,
  CodeReference,
  CorpusReport,
  EvaluationReport,
  HistogramData,
  MapPanel,
  MapReport,
  RefinementReport,
  ReportData,
  ReportSettings,
  SearchReport,
  SimilarityReport,
  TrainingReport,
} from './report-data.js';
export { significanceLegend } from './significance.js';
export { type Smacof, type SmacofOptions, smacof } from './smacof.js';
export { metricsTable, type TerminalTableOptions, terminalTable } from './terminal-table.js';
