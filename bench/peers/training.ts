/**
 * One training step of the subtoken bag beside the same step in PyTorch: 64 queries with 6 negatives each.
 *
 * usage: npx tsx bench/peers/training.ts [PYTHON]     (a Python with torch; without one only our side is measured)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BagOfTerms, SubtokenBagEncoder } from '../../src/encoders/index.js';
import { selectBackend, trainOasis } from '../../src/training/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';

const STEPS = 30;
const QUERIES = 64;
const THREADS = 2;

const data = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
const pairs = data.pairsOf(QUERIES);
const used = [...new Set(pairs.document)];
const place = new Map(used.map((row, i) => [row, i]));
const dataset = {
  queries: data.queries.slice(0, QUERIES),
  documents: used.map((row) => data.documents[row]!),
  pairs: { ...pairs, document: pairs.document.map((row) => place.get(row)!) },
};

await selectBackend('wasm');
const encoder = SubtokenBagEncoder.fit(data, { dropout: 0, projection: false });
const stamps: { wall: number; cpu: number }[] = [];
const stamp = () => stamps.push({ wall: performance.now(), cpu: process.cpuUsage().user / 1e3 });
await trainOasis(encoder, dataset, {
  epochs: STEPS + 4,
  batchQueries: QUERIES,
  negativesPerQuery: 6,
  onStep: stamp,
});
const [first, last] = [stamps[3]!, stamps[stamps.length - 1]!];
const count = stamps.length - 4;
const ours = { wall: (last.wall - first.wall) / count, processor: (last.cpu - first.cpu) / count };
const megabytes = process.memoryUsage().rss / 2 ** 20;
console.log(
  `oasis-embed on wasm: ${ours.wall.toFixed(1)} ms a step, ${ours.processor.toFixed(1)} ms of processor time, ` +
    `${encoder.vocabulary.terms.length} terms, ${dataset.documents.length} documents, ${megabytes.toFixed(0)} MiB`,
);

const python = process.argv[2];
if (python === undefined) console.log('no Python given: PyTorch is not measured');
else {
  const folder = mkdtempSync(join(tmpdir(), 'peer-'));
  try {
    const bag = (tokens: BagOfTerms) => ({
      terms: Array.from(tokens.terms, (term) => Math.min(term, encoder.vocabulary.terms.length)),
      offsets: Array.from(tokens.offsets),
      counts: Array.from(tokens.counts),
    });
    const path = join(folder, 'batch.json');
    const batch = {
      vocabulary: encoder.vocabulary.terms.length + 1,
      dimensions: encoder.dimensions,
      query: bag(encoder.tokenize(dataset.queries, 'query')),
      document: bag(encoder.tokenize(dataset.documents, 'document')),
      pairs: Object.fromEntries(
        Object.entries(dataset.pairs).map(([key, values]) => [key, Array.from(values)]),
      ),
    };
    writeFileSync(path, JSON.stringify(batch));
    const script = join(dirname(fileURLToPath(import.meta.url)), 'training.py');
    const peer = JSON.parse(
      execFileSync(python, [script, path, String(STEPS), String(THREADS)], { encoding: 'utf8' }),
    ) as { version: string; wall: number; processor: number };
    console.log(
      `PyTorch ${peer.version}, ${THREADS} threads: ${peer.wall.toFixed(1)} ms a step, ` +
        `${peer.processor.toFixed(1)} ms of processor time`,
    );
    console.log(
      `ratio: ${(ours.wall / peer.wall).toFixed(2)} in wall time, ` +
        `${(ours.processor / peer.processor).toFixed(2)} in processor time`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
