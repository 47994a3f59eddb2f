/**
 * A synthetic corpus through sampling, labeling from stored vectors, histogram, mixture and threshold flags, as
 * shards on the store and the in-process engine's terms, in one thread:
 *
 *   npx tsx bench/scale/pipeline-scale.ts 1000000 10000000 53000000
 *
 * Arguments are counts of pairs. Repositories have 200 functions, a function its positive and 4.3 negatives on
 * average, vectors 64 dimensions in float32. Everything is
 * written below a temporary folder (OASIS_BENCH_FOLDER) and removed again.
 */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fitGaussianMixture,
  intersectionThreshold,
  mergeHistograms,
  quantileOf,
  ScoreHistogram,
} from 'oasis-embed/mixture';
import { sampleInRepoNegatives } from 'oasis-embed/sampling';
import {
  readParquet,
  readParquetParts,
  type Schema,
  writeParquet,
} from '../../examples/oasis-full/store/parquet-table.js';

/** Negatives a function: 4.3 on average, so that 53 million pairs are 10 million functions in 50,000 repositories. */
const negativesOf = (shard: number): number => (shard % 10 < 3 ? 5 : 4);
const PAIRS_PER_FUNCTION = 5.3;
const DIMENSIONS = 64;
const REPOSITORY = 200;
/** Repositories in a shard. */
const SHARD = 125;

const labelSchema = {
  query: 'uint32',
  document: 'uint32',
  positive: 'uint8',
  similarity: 'float32',
} as const satisfies Schema;
const flagSchema = { suspect: 'uint8' } as const satisfies Schema;
const pairSchema = { query: 'uint32', document: 'uint32', positive: 'uint8' } as const satisfies Schema;

/** A hash to [0, 1), the same for the same numbers. */
const unit = (a: number, b: number): number => {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
};

/** Stored vectors of unit length around a dozen topics, written once and read by the labeling shard. */
const writeVectors = (path: string, first: number, count: number): void => {
  const data = new Float32Array(count * DIMENSIONS);
  for (let i = 0; i < count; i++) {
    const topic = Math.floor(unit(first + i, 7) * 12);
    let squares = 0;
    for (let d = 0; d < DIMENSIONS; d++) {
      const value = unit(topic, d + 1000) - 0.5 + 0.9 * (unit(first + i, d) - 0.5);
      data[i * DIMENSIONS + d] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let d = 0; d < DIMENSIONS; d++) data[i * DIMENSIONS + d]! /= length;
  }
  const file = openSync(path, 'w');
  writeSync(file, new Uint8Array(data.buffer));
  closeSync(file);
};

const readVectors = (path: string): Float32Array => {
  const bytes = new Uint8Array(statSync(path).size);
  const file = openSync(path, 'r');
  readSync(file, bytes);
  closeSync(file);
  return new Float32Array(bytes.buffer);
};

interface Stage {
  readonly name: string;
  seconds: number;
  cpu: number;
}

const measure = async (pairs: number) => {
  const root = mkdtempSync(join(process.env.OASIS_BENCH_FOLDER ?? tmpdir(), 'oasis-scale-'));
  const functions = Math.round(pairs / PAIRS_PER_FUNCTION);
  const perShard = SHARD * REPOSITORY;
  const shards = Math.ceil(functions / perShard);
  const file = (kind: string, shard: number) => join(root, `${kind}-${String(shard).padStart(5, '0')}`);
  const sizeOf = (shard: number) => Math.min(perShard, functions - shard * perShard);
  const stages: Stage[] = [];
  const timed = async (name: string, run: (shard: number) => Promise<void> | void, count = shards) => {
    const started = performance.now();
    const before = process.cpuUsage();
    for (let shard = 0; shard < count; shard++) await run(shard);
    const { user, system } = process.cpuUsage(before);
    stages.push({ name, seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 });
  };

  for (let shard = 0; shard < shards; shard++)
    writeVectors(file('vectors', shard), shard * perShard, sizeOf(shard));
  let total = 0;
  await timed('sampling', async (shard) => {
    const first = shard * perShard;
    const own = Array.from({ length: sizeOf(shard) }, (_, i) => ({
      id: String(first + i),
      repository: String(Math.floor((first + i) / REPOSITORY)),
    }));
    const negatives = sampleInRepoNegatives(own, { k: negativesOf(shard), seed: 1 });
    const rows = own.length + negatives.query.length;
    const query = new Uint32Array(rows);
    const document = new Uint32Array(rows);
    const positive = new Uint8Array(rows).fill(1, 0, own.length);
    for (let i = 0; i < own.length; i++) query[i] = document[i] = first + i;
    for (let i = 0; i < negatives.query.length; i++) {
      query[own.length + i] = first + negatives.query[i]!;
      document[own.length + i] = first + negatives.document[i]!;
    }
    total += await writeParquet(file('pairs', shard), pairSchema, { query, document, positive });
  });
  const histograms: ScoreHistogram[] = [];
  await timed('labels and histogram', async (shard) => {
    const first = shard * perShard;
    const vectors = readVectors(file('vectors', shard));
    const { query, document, positive } = await readParquet(file('pairs', shard), pairSchema);
    const similarity = new Float32Array(query.length);
    const histogram = new ScoreHistogram();
    const negatives: number[] = [];
    for (let i = 0; i < query.length; i++) {
      const q = (query[i]! - first) * DIMENSIONS;
      const d = (document[i]! - first) * DIMENSIONS;
      let cosine = 0;
      for (let j = 0; j < DIMENSIONS; j++) cosine += vectors[q + j]! * vectors[d + j]!;
      similarity[i] = Math.min(1 - 2 ** -24, Math.max(0, (1 + cosine) / 2));
      if (positive[i] === 0) negatives.push(similarity[i]!);
    }
    histograms.push(histogram.add(negatives));
    await writeParquet(file('labels', shard), labelSchema, { query, document, positive, similarity });
  });
  let threshold = 0;
  await timed(
    'mixture',
    () => {
      const merged = mergeHistograms(histograms);
      const found = intersectionThreshold(fitGaussianMixture(merged));
      threshold = found.kind === 'threshold' ? found.value : quantileOf(merged, 0.95);
    },
    1,
  );
  let suspects = 0;
  await timed('threshold flags', async (shard) => {
    const flags: number[] = [];
    for await (const part of readParquetParts(file('labels', shard), labelSchema))
      for (let i = 0; i < part.query.length; i++)
        flags.push(part.positive[i] === 0 && part.similarity[i]! > threshold ? 1 : 0);
    for (const flag of flags) suspects += flag;
    await writeParquet(file('flags', shard), flagSchema, { suspect: Uint8Array.from(flags) });
  });
  const bytes = { vectors: 0, pairs: 0, labels: 0, flags: 0 };
  for (const name of readdirSync(root))
    bytes[name.split('-')[0] as keyof typeof bytes] += statSync(join(root, name)).size;
  rmSync(root, { recursive: true, force: true });
  const cpu = stages.reduce((sum, stage) => sum + stage.cpu, 0);
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  console.log(
    `${total} pairs of ${functions} functions in ${Math.ceil(functions / REPOSITORY)} repositories, ${shards} shards: ` +
      `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s CPU, ${Math.round(total / cpu)} rows a CPU second, ` +
      `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, ${suspects} suspects above ${threshold.toFixed(4)}`,
  );
  for (const { name, seconds: clock, cpu: used } of stages)
    console.log(
      `  ${name}: ${clock.toFixed(1)} s, ${used.toFixed(1)} s CPU, ${((used / total) * 1e6).toFixed(3)} µs CPU a pair`,
    );
  const perPair = (kind: keyof typeof bytes) => (bytes[kind] / total).toFixed(2);
  console.log(
    `  bytes a pair: pairs ${perPair('pairs')}, labels ${perPair('labels')}, flags ${perPair('flags')}; ` +
      `vectors ${(bytes.vectors / functions).toFixed(0)} a function`,
  );
  return cpu / total;
};

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0 || sizes.some((size) => !(size >= 1000)))
  throw new Error(`expected counts of pairs of at least 1000, received ${process.argv.slice(2).join(' ')}`);
const main = async () => {
  const costs: number[] = [];
  for (const size of sizes) costs.push(await measure(size));
  console.log(
    `CPU a pair against the first size: ${costs.map((cost) => (cost / costs[0]!).toFixed(2)).join(', ')}`,
  );
};
void main();
