import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { readCodeXGluePredictions } from 'oasis-embed/benchmarks';
import { decodeTrecId, evaluateRun, readQrels, readTrecRun } from 'oasis-embed/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BenchmarkFolder, createBenchmarkFolder, functions } from './support/benchmark-folder.js';

let folder = '';
let evaluate: BenchmarkFolder['evaluate'];
let remove: BenchmarkFolder['remove'];

beforeAll(async () => {
  ({ folder, evaluate, remove } = await createBenchmarkFolder());
});
afterAll(() => remove());

describe('the files of oasis-full evaluate', () => {
  it('writes a run and qrels in which evaluateRun finds the number printed, and predictions', async () => {
    const [writeRun, writeQrels, writePredictions] = ['run.txt', 'qrels.txt', 'predictions.jsonl'].map(
      (name) => join(folder, 'files', name),
    ) as [string, string, string];
    await mkdir(dirname(writeRun), { recursive: true });
    const [result] = await evaluate({
      benchmark: 'codesearchnet',
      data: join(folder, 'csn'),
      languages: ['ruby', 'go'],
      writeRun,
      writeQrels,
      writePredictions,
    });
    expect((await readdir(dirname(writeRun))).sort()).toEqual([
      'predictions-csn-go.jsonl',
      'predictions-csn-ruby.jsonl',
      'qrels-csn-go.txt',
      'qrels-csn-ruby.txt',
      'run-csn-go.txt',
      'run-csn-ruby.txt',
    ]);
    for (const [i, slug] of ['csn-ruby', 'csn-go'].entries()) {
      const run = await readTrecRun(writeRun.replace('.txt', `-${slug}.txt`));
      const qrels = await readQrels(writeQrels.replace('.txt', `-${slug}.txt`));
      const { mean } = evaluateRun(run, qrels, ['mrr@1000', 'recall@1']);
      const { value, measures } = result.tasks[i]!.systems.at(-1)!;
      expect(mean['mrr@1000']).toBeCloseTo(value, 12);
      expect(mean['recall@1']).toBeCloseTo(measures['recall@1']!, 12);
      const trec = evaluateRun(run, qrels, ['mrr@1000'], { profile: 'trec_eval-9' });
      expect(trec.mean['mrr@1000']).toBeCloseTo(value, 12);
    }
    const answers = await readCodeXGluePredictions(writePredictions.replace('.jsonl', '-csn-ruby.jsonl'));
    expect(answers.size).toBe(6);
    expect([...answers.get(functions[0]!.url)!.keys()].sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `ruby-${i}`).sort(),
    );
  });

  it('reranks the candidates of a run alone, shows the run as it is, and writes what it found', async () => {
    const rerank = join(folder, 'first.run');
    const writeRun = join(folder, 'reranked.run');
    const writeQrels = join(folder, 'reranked-qrels.txt');
    // Each query has two candidates: first another function, then its own; the last query has none.
    const first = functions
      .slice(0, -1)
      .flatMap((_, q) => [`${q} Q0 ${(q + 7) % functions.length} 1 2 words\n`, `${q} Q0 ${q} 2 1 words\n`]);
    await evaluate({ writeRun: rerank, writeQrels, depth: 1 });
    const ids = [...(await readQrels(writeQrels))].map(([query, row]) => [query, [...row.keys()][0]!]);
    const named = first.map((line) => {
      const [q, _, d, ...rest] = line.split(' ');
      return [ids[Number(q)]![0], 'Q0', ids[Number(d)]![1], ...rest].join(' ');
    });
    await writeFile(rerank, named.join(''));
    const [result] = await evaluate({ rerank, writeRun });
    const [before, after] = result.tasks[0]!.systems;
    expect(before).toMatchObject({ system: 'first.run, as it is', role: 'baseline' });
    // Half of 59 reciprocal ranks in 60.
    expect(before!.value).toBeCloseTo((59 * 0.5) / 60, 12);
    expect(after!.value).toBeGreaterThan(before!.value);
    expect(after!.value).toBeLessThanOrEqual(59 / 60);
    const run = await readTrecRun(writeRun);
    expect([run.size, ...new Set([...run.values()].map(({ size }) => size))]).toEqual([59, 2]);
    const { mean } = evaluateRun(run, await readQrels(writeQrels), ['mrr@1000']);
    expect(mean['mrr@1000']).toBeCloseTo(after!.value, 12);
    expect(result.tasks[0]!.notes).toContain('1 of 60 queries have no candidates.');
    await writeFile(rerank, 'nobody Q0 0 1 2 words\n');
    await expect(evaluate({ rerank })).rejects.toThrow(/candidates must have queries of the task/);
    await expect(evaluate({ rerank: join(folder, 'none.run') })).rejects.toThrow(
      '--rerank must name a run in TREC form',
    );
  });

  it('keeps what it finished when it fails, resumes there, and leaves nothing behind at the end', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'temporary'));
    await mkdir(tmpdir());
    const kept = async () => {
      const found: string[] = [];
      for (const name of await readdir(tmpdir())) {
        const files = await readdir(join(tmpdir(), name));
        found.push(...files.map((file) => `${name}/${file}`));
      }
      return found;
    };
    const writeRun = join(folder, 'later', 'run.txt');
    // The folder of the run is not there: the model's evaluation fails at its very end, BM25 is finished.
    await expect(evaluate({ writeRun })).rejects.toThrow('ENOENT');
    const left = await kept();
    expect(left.map((file) => file.split('/')[1])).toEqual(['cosqa-0.bin']);
    // Another number in the file of BM25 shows that it is read and not computed again.
    const path = join(tmpdir(), left[0]!);
    const evaluation = deserialize(await readFile(path));
    evaluation.measures['recall@1'] = 0.125;
    await writeFile(path, serialize(evaluation));
    await mkdir(dirname(writeRun), { recursive: true });
    const [result] = await evaluate({ writeRun });
    expect(result.tasks[0]!.systems[0]!.measures['recall@1']).toBe(0.125);
    expect(await readdir(tmpdir())).toEqual([]);
    expect((await evaluate({ writeRun }))[0].tasks[0]!.systems[0]!.measures['recall@1']).toBe(1);
    vi.unstubAllEnvs();
  });

  it('keeps ids apart that TREC files cannot hold as they are', async () => {
    const writeRun = join(folder, 'spaces-run.txt');
    const writeQrels = join(folder, 'spaces-qrels.txt');
    const [result] = await evaluate({ benchmark: 'beir', data: join(folder, 'beir'), writeRun, writeQrels });
    const run = await readTrecRun(writeRun);
    expect([...run.get('q0')!.keys()].map(decodeTrecId).sort()).toEqual(
      functions.map((_, i) => `d ${i}`).sort(),
    );
    const { mean } = evaluateRun(run, await readQrels(writeQrels), ['ndcg@10']);
    expect(mean['ndcg@10']).toBeCloseTo(result.tasks[0]!.systems.at(-1)!.value, 12);
  });
});
