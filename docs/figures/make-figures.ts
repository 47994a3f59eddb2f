/**
 * Draws the figures of the guides into this folder: `npm run docs:figures`. The curves come from the real losses.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { curvesFigure } from 'oasis-embed/report';
import { drawing } from './drawing.js';
import { lossFigures } from './loss-figures.js';

const folder = dirname(fileURLToPath(import.meta.url));

/** A figure as a file of its own: with a margin, and on white, because an image knows nothing of the page's colors. */
const asFile = (svg: string): string =>
  svg
    .replace(
      /viewBox="0 0 (\d+) (\d+)"/,
      (_, width, height) => `viewBox="-14 -12 ${Number(width) + 28} ${Number(height) + 24}"`,
    )
    .replace(/(<svg [^>]*>)/, '$1<rect x="-14" y="-12" width="110%" height="110%" fill="#fff"/>');

await tf.setBackend('cpu');
for (const [name, options] of Object.entries(lossFigures())) {
  const svg = curvesFigure({ width: 420, plotHeight: 210, dots: false, id: name, ...options });
  writeFileSync(join(folder, `${name}.svg`), `${asFile(svg)}\n`);
}

writeFileSync(
  join(folder, 'data-path.svg'),
  drawing({
    title: 'The path of the data through the rooms of oasis-embed',
    width: 440,
    boxes: [
      { id: 'code', at: [110, 16], size: [220, 40], text: ['your repositories'], tone: 'data' },
      { id: 'corpus', at: [90, 84], size: [260, 54], text: ['corpus, syntax', 'parse, filter, call graph'] },
      {
        id: 'functions',
        at: [90, 166],
        size: [260, 54],
        text: ['functions', 'code, doc, callers, callees'],
        tone: 'data',
      },
      { id: 'annotation', at: [16, 248], size: [196, 54], text: ['annotation', 'docstrings, similarities'] },
      { id: 'sampling', at: [228, 248], size: [196, 54], text: ['sampling', 'K in-repo negatives'] },
      {
        id: 'pairs',
        at: [90, 330],
        size: [260, 54],
        text: ['labeled pairs', '(query, code, similarity, positive)'],
        tone: 'data',
      },
      { id: 'mixture', at: [16, 412], size: [196, 54], text: ['mixture', 'threshold s*'] },
      { id: 'ast', at: [228, 412], size: [196, 54], text: ['ast', 'tree edit ratio'] },
      { id: 'refinement', at: [90, 494], size: [260, 54], text: ['refinement', 'suspects, judge, +Δs'] },
      { id: 'dataset', at: [90, 576], size: [260, 40], text: ['refined pairs'], tone: 'data' },
      { id: 'losses', at: [16, 644], size: [128, 54], text: ['losses', 'w₁L₁ + w₂L₂'] },
      { id: 'training', at: [156, 644], size: [128, 54], text: ['training', 'trainOasis'] },
      { id: 'encoders', at: [296, 644], size: [128, 54], text: ['encoders', 'text → vector'] },
      { id: 'model', at: [90, 726], size: [260, 40], text: ['model folder (safetensors)'], tone: 'data' },
      { id: 'metrics', at: [16, 794], size: [128, 54], text: ['metrics', 'ranks, MRR, MAP'] },
      { id: 'benchmarks', at: [156, 794], size: [128, 54], text: ['benchmarks', 'CoSQA, CSN, …'] },
      { id: 'report', at: [296, 794], size: [128, 54], text: ['report', 'figures, HTML'] },
    ],
    arrows: [
      ['code', 'corpus'],
      ['corpus', 'functions'],
      ['functions', 'annotation'],
      ['functions', 'sampling'],
      ['annotation', 'pairs'],
      ['sampling', 'pairs'],
      ['pairs', 'mixture'],
      ['pairs', 'ast'],
      ['mixture', 'refinement'],
      ['ast', 'refinement'],
      ['refinement', 'dataset'],
      ['dataset', 'training'],
      ['losses', 'training'],
      ['encoders', 'training'],
      ['training', 'model'],
      ['model', 'metrics'],
      ['model', 'benchmarks'],
      ['model', 'report'],
    ],
  }),
);

writeFileSync(
  join(folder, 'scaling.svg'),
  drawing({
    title: 'Coordinator, queue, workers and shared folder of a run on several machines',
    width: 440,
    boxes: [
      { id: 'run', at: [120, 16], size: [200, 54], text: ['oasis-full run', 'the coordinator'] },
      {
        id: 'queue',
        at: [120, 118],
        size: [200, 54],
        text: ['queue', 'Redis, Valkey, PostgreSQL'],
        tone: 'data',
      },
      { id: 'one', at: [16, 220], size: [128, 54], text: ['worker', 'machine A'] },
      { id: 'two', at: [156, 220], size: [128, 54], text: ['worker', 'machine B'] },
      { id: 'more', at: [296, 220], size: [128, 54], text: ['worker', 'machine …'] },
      {
        id: 'folder',
        at: [90, 322],
        size: [260, 54],
        text: ['shared folder', 'Parquet shards, markers'],
        tone: 'data',
      },
    ],
    arrows: [
      ['run', 'queue', 'tasks'],
      ['queue', 'one'],
      ['queue', 'two'],
      ['queue', 'more'],
      ['one', 'folder'],
      ['two', 'folder'],
      ['more', 'folder'],
    ],
  }),
);
