export {
  type ClassicalMds,
  type ClassicalMdsOptions,
  classicalMds,
  type Embedding,
} from './classical-mds.js';
export { dedentCode } from './dedent-code.js';
export { type DistanceMatrix, type DistanceMetric, distanceMatrix } from './distance-matrix.js';
export { type EmbeddingMapsOptions, type EmbeddingSnapshot, embeddingMaps } from './embedding-maps.js';
export {
  type Curve,
  type CurvesFigureOptions,
  curvesFigure,
  type FigureOptions,
  type HistogramFigureOptions,
  histogramFigure,
} from './figures/index.js';
export { type CodeToken, type CodeTokenKind, codeTokens } from './highlight-code.js';
export { languageName } from './language-name.js';
export { type ProcrustesOptions, type ProcrustesResult, procrustes } from './procrustes.js';
export {
  type ComparisonPageOptions,
  type DifferencesFigureOptions,
  differencesFigure,
  renderComparison,
} from './render-comparison.js';
export { renderReport } from './render-report.js';
export type * from './report-data.js';
export { type Smacof, type SmacofOptions, smacof } from './smacof.js';
export {
  ablationTable,
  metricsTable,
  type TerminalCell,
  type TerminalColumn,
  type TerminalTableOptions,
  terminalTable,
} from './terminal-table.js';
