export { type Bar, type BarsFigureOptions, barsFigure } from './bars-figure.js';
export { type Curve, type CurvesFigureOptions, curvesFigure } from './curves-figure.js';
export { type DotsFigureOptions, type DotsRow, dotsFigure, meanAndDeviation } from './dots-figure.js';
export { type HistogramFigureOptions, histogramFigure } from './histogram-figure.js';
export { type MapFigureOptions, type MapFrame, mapFigure, mapFrame } from './map-figure.js';
export { type FigureOptions, seriesColors } from './svg.js';
