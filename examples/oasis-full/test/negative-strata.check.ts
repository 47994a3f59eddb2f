import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DocstringRow } from 'oasis-embed/annotation';
import { encodeTexts, TransformerEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveTinyTransformer } from '../../../test/support/tiny-transformer.js';
import { annotatedFunctions, pairTexts } from '../annotation/annotated-functions.js';
import { PAIR_SOURCES } from '../annotation/pair-sources.js';
import type { StoredFunction } from '../corpus/stored-function.js';
import { labelColumns } from '../pipeline/shards/labels.js';
import { readParquetParts } from '../store/parquet-table.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-strata-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const oasisFull = (...args: string[]) =>
  spawnSync(
    process.execPath,
    [
      '--import',
      pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      join(here, '../cli.ts'),
      ...args,
    ],
    { cwd: root, env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' }, encoding: 'utf8' },
  );
const repository = [join(here, '../node_modules'), join(root, 'node_modules')]
  .map((folder) => join(folder, 'simple-statistics/src'))
  .find((path) => existsSync(path))!;

describe('a run with --negative-strata and --embedder', () => {
  const model = join(scratch, 'tiny-bert');
  const out = join(scratch, 'run');
  const rowsOf = <T>(file: string): T[] =>
    readFileSync(join(out, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  type Pair = [query: number, document: number, similarity: number, positive: number, source: string];
  let functions: ReturnType<typeof annotatedFunctions> = [];
  let pairs: Pair[] = [];
  beforeAll(async () => {
    await selectBackend('cpu');
    await saveTinyTransformer(model, {
      texts: ['the median of a sorted list of numbers', 'function mean(x) { return sum(x) / x.length; }'],
      layers: 1,
      vocabularySize: 200,
      maximumLength: 64,
    });
    const run = oasisFull(
      ...['--repos', repository, '--out', out, '--embedder', model, '--negatives', '8'],
      ...['--negative-strata', 'calls=2', 'lexical=2', 'twins=1', '--tree-ratio', '0.3'],
      ...['--mixture', 'beta', '--threshold-quantile', '0.95', '--until', 'refinement'],
    );
    expect(run.stderr + run.stdout).not.toMatch(/error:/);
    expect(run.status).toBe(0);
    functions = annotatedFunctions(
      rowsOf<StoredFunction>('functions.jsonl'),
      rowsOf<DocstringRow>('annotation/docstrings.jsonl'),
    );
    const labels = readdirSync(join(out, 'shards/labels')).filter((file) => file.endsWith('.parquet'));
    const own = { where: '"foreign" = 0', orderBy: 'pair' };
    pairs = [];
    for await (const part of readParquetParts(
      labels.map((file) => join(out, 'shards/labels', file)),
      labelColumns,
      own,
    )) {
      for (const i of part.pair.keys())
        pairs.push([
          part.query[i]!,
          part.document[i]!,
          part.similarity[i]!,
          part.positive[i]!,
          PAIR_SOURCES[part.source[i]!]!,
        ]);
    }
  });

  it('takes from each stratum what was asked for at most, and says of each pair where it came from', () => {
    const { queries, queryOf } = pairTexts(functions);
    const summary = JSON.parse(readFileSync(join(out, 'stages/annotation.json'), 'utf8')).summary;
    const limits: Record<string, number> = { calls: 2, lexical: 2, twins: 1, 'near-twin': 2 };
    for (const [name, limit] of Object.entries(limits)) {
      const counts = new Uint32Array(queries.length);
      for (const [query, , , , source] of pairs) if (source === name) counts[query]! += 1;
      const askers = Array.from(queries, (_, query) => queryOf.filter((own) => own === query).length);
      expect(Math.max(...counts), name).toBeGreaterThan(0);
      for (const [query, count] of counts.entries())
        expect(count).toBeLessThanOrEqual(limit * askers[query]!);
    }
    for (const [, , , positive, source] of pairs) expect(source === 'positive').toBe(positive === 1);
    for (const name of ['calls', 'lexical', 'twins', 'random']) {
      expect(pairs.filter(([, , , , source]) => source === name).length, name).toBe(summary.byStratum[name]);
    }
    // Who is called by name, or calls by name: the text is an oracle apart from the call graph.
    const askers = (query: number) => functions.filter((_, fn) => queryOf[fn] === query);
    for (const [query, document, , , source] of pairs) {
      if (source !== 'calls') continue;
      const other = functions[document]!;
      const names = (of: StoredFunction, by: StoredFunction) => by.code.includes(of.name);
      expect(askers(query).some((own) => names(own, other) || names(other, own))).toBe(true);
    }
  });

  it('labels with the model of the folder, vectors rounded to 16 bits', async () => {
    const encoder = await TransformerEncoder.load(model);
    const { queries, documents } = pairTexts(functions);
    const some = pairs.filter((_, i) => i % 97 === 0);
    const vectors = async (texts: string[], kind: 'query' | 'document') => {
      const { data, columns: dimensions } = await encodeTexts(encoder, texts, kind);
      return texts.map((_, i) => data.subarray(i * dimensions, (i + 1) * dimensions));
    };
    const asked = await vectors(
      some.map(([query]) => queries[query]!),
      'query',
    );
    const given = await vectors(
      some.map(([, document]) => documents[document]!),
      'document',
    );
    encoder.dispose();
    expect(some.length).toBeGreaterThan(5);
    some.forEach(([, , similarity], i) => {
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
      const [q, d] = [asked[i]!, given[i]!];
      const cosine = dot(q, d) / Math.sqrt(dot(q, q) * dot(d, d));
      expect(similarity).toBeCloseTo((1 + cosine) / 2, 3);
    });
  });

  it('explains who wrote the docstring and which stratum a pair came from', () => {
    const pair = pairs.findIndex(([, , , , source]) => source === 'calls');
    const { stdout } = oasisFull('explain', String(pair), '--run', out);
    expect(stdout).toMatch(
      new RegExp(`^Pair ${pair}, stratum calls: .+\nDocstring by the author of the code\n`),
    );
  });

  it('records a beta mixture, and leaves the columns of the dataset as they were', () => {
    const mixture = JSON.parse(readFileSync(join(out, 'mixture.json'), 'utf8'));
    expect(mixture).toMatchObject({ mixture: { kind: 'beta' }, origin: 'quantile' });
    expect(mixture.fits).toHaveLength(4);
    expect(Object.keys(rowsOf<object>('dataset.jsonl')[0]!)).toEqual([
      ...['poss_docstring', 'snippet_wo_comment', 'similarity', 'lang', 'is_gt', 'pair', 'query_id'],
      ...['function_id', 'repository', 'similarity_before'],
    ]);
  });
});
