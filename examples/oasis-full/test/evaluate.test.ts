import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { findHubTask, readCodeXGluePredictions } from 'oasis-embed/benchmarks';
import { SubtokenBagEncoder, TransformerEncoder } from 'oasis-embed/encoders';
import { decodeTrecId, evaluateRun, readQrels, readTrecRun } from 'oasis-embed/metrics';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LoopbackHub } from '../../../test/hub/loopback-hub.js';
import { type EvaluateOptions, evaluateModel } from '../evaluation/evaluate-model.js';
import type { EvaluationResult } from '../evaluation/evaluation-result.js';

const here = dirname(fileURLToPath(import.meta.url));
let folder = '';
let model = '';

const put = async (name: string, content: string) => {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
};
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Small functions, each with words of its own and words that others share. */
const topics = ['sort', 'reverse', 'parse', 'merge', 'count', 'split', 'join', 'filter', 'hash', 'copy'];
const things = ['list', 'file', 'tree', 'date', 'url', 'matrix'];
const functions = topics.flatMap((topic) =>
  things.map((thing) => ({
    url: `https://example.org/${topic}/${thing}`,
    docstring: [topic, 'the', thing],
    code: ['def', `${topic}_${thing}`, '(', thing, ')', ':', 'return', `do_${topic}`, '(', thing, ')'],
  })),
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oasis-full-evaluate-test-'));
  await selectBackend('wasm');
  model = join(folder, 'tiny model');
  const encoder = SubtokenBagEncoder.fit(
    {
      queries: functions.map(({ docstring }) => docstring.join(' ')),
      documents: functions.map(({ code }) => code.join(' ')),
    },
    { dimensions: 32 },
  );
  await encoder.save(model);
  encoder.dispose();
  await put(
    'cosqa/cosqa-retrieval-test-500.json',
    JSON.stringify(functions.map(({ docstring }, i) => ({ doc: docstring.join(' '), retrieval_idx: i }))),
  );
  await put(
    'cosqa/code_idx_map.txt',
    JSON.stringify(Object.fromEntries(functions.map(({ code }, i) => [code.join(' '), i]))),
  );
  for (const [language, size] of [
    ['ruby', 12],
    ['go', 30],
  ] as const) {
    const rows = functions.slice(0, size).map(({ url, docstring, code }, idx) => ({
      url,
      idx: `${language}-${idx}`,
      docstring_tokens: docstring,
      code_tokens: code,
    }));
    await put(`csn/${language}/test.jsonl`, lines(rows.slice(0, size / 2)));
    await put(`csn/${language}/codebase.jsonl`, lines(rows));
  }
  await put(
    'c2c/python.jsonl',
    lines(
      functions.map(({ code }, index) => ({
        index,
        label: index % things.length,
        func: `${code.slice(0, 6).join(' ')}\n  # a comment\n  ${code.slice(6).join(' ')}\n`,
      })),
    ),
  );
  await put(
    'beir/corpus.jsonl',
    lines(functions.map(({ code }, i) => ({ _id: `d ${i}`, text: code.join(' ') }))),
  );
  await put(
    'beir/queries.jsonl',
    lines(functions.map(({ docstring }, i) => ({ _id: `q${i}`, text: docstring.join(' ') }))),
  );
  await put(
    'beir/qrels/test.tsv',
    `query-id\tcorpus-id\tscore\n${functions.map((_, i) => `q${i}\td ${i}\t1\n`).join('')}`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = async (options: Partial<EvaluateOptions>): Promise<[EvaluationResult, string]> => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  const quiet = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const result = await evaluateModel({
      benchmark: 'cosqa',
      data: join(folder, 'cosqa'),
      model,
      baselines: [],
      queryPrompt: null,
      download: false,
      taskNames: [],
      languages: [],
      candidates: null,
      comments: 'published',
      split: 'test',
      identicalIds: 'auto',
      titles: 'auto',
      missingDocuments: 'refuse',
      measures: ['recall@1'],
      hardSubset: null,
      batchSize: 16,
      threads: 1,
      backend: 'wasm',
      engine: 'auto',
      seed: 1,
      json: false,
      writeRun: null,
      writeQrels: null,
      writePredictions: null,
      writeMteb: null,
      depth: 60,
      rerank: null,
      ...options,
    });
    return [result, String(print.mock.calls[0]![0])];
  } finally {
    print.mockRestore();
    quiet.mockRestore();
  }
};

describe('oasis-full evaluate', () => {
  it('prints the row of the paper beside the published ones and BM25', async () => {
    const [result, printed] = await evaluate({});
    const [task] = result.tasks;
    expect(task).toMatchObject({ task: 'CoSQA', measure: 'mrr@1000', queries: 60, documents: 60 });
    expect(task!.systems.map(({ system, role }) => [system, role])).toEqual([
      ['BM25', 'baseline'],
      ['tiny model', 'model'],
    ]);
    for (const { value, low, high } of task!.systems) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    // Each query shares exactly its two words with one function only.
    expect(task!.systems[0]!.value).toBe(1);
    expect(printed).toMatch(/OASIS 1\.5B \(published\) +55\.77/);
    expect(printed).toMatch(/BM25 +100\.00/);
    expect(printed).toContain('tiny model (subtoken-bag, 32 dimensions)');
    expect(printed).toContain('CoSQA has 500 queries and 6267 documents in the literature');
  });

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

  it('evaluates Code2Code without the program itself and without comments', async () => {
    const [result, printed] = await evaluate({
      benchmark: 'code2code',
      data: join(folder, 'c2c'),
      languages: ['python'],
    });
    expect(result.tasks[0]).toMatchObject({ task: 'Code2Code Python', measure: 'map', queries: 60 });
    expect(printed).toMatch(/OASIS 1\.5B \(published\) +66\.27/);
  });

  it('reads BEIR folders and names the queries every baseline ranks low', async () => {
    const [result, printed] = await evaluate({
      benchmark: 'beir',
      data: join(folder, 'beir'),
      baselines: [model],
      hardSubset: 1,
    });
    const { hardSubset, systems, measure } = result.tasks[0]!;
    expect(measure).toBe('ndcg@10');
    expect(systems.map(({ system, role }) => `${role} ${system}`)).toEqual([
      'baseline BM25',
      'baseline tiny model',
      'model tiny model',
    ]);
    // BM25 finds every answer first.
    expect(hardSubset).toMatchObject({ rank: 1, queries: 0 });
    expect(printed).toContain('Hard subset of beir: 0 of 60 queries that every baseline ranks below 1.');
  });

  describe('on tasks of CoIR and MTEB', () => {
    const golden = resolve(here, '../../../test/benchmarks/golden/hub');

    it('runs one by its name, by the protocol of either', async () => {
      const [coir] = await evaluate({
        benchmark: 'coir',
        data: join(golden, 'coir-cosqa'),
        taskNames: ['cosqa'],
      });
      expect(coir.tasks[0]).toMatchObject({
        task: 'cosqa',
        language: 'python',
        measure: 'ndcg@10',
        queries: 2,
        documents: 4,
      });
      const [mteb] = await evaluate({
        benchmark: 'mteb',
        data: join(golden, 'coir-cosqa'),
        taskNames: ['CosQA'],
      });
      expect(mteb.tasks[0]!.task).toBe('CosQA');
    });

    it('runs all that a folder has, with means by language, and writes results in MTEB’s form', async () => {
      const data = join(folder, 'boards');
      await cp(join(golden, 'coir-cosqa'), join(data, 'cosqa'), { recursive: true });
      await cp(join(golden, 'mteb-csn'), join(data, 'mteb/CodeSearchNetRetrieval'), { recursive: true });
      const [result, printed] = await evaluate({
        benchmark: 'mteb',
        data,
        writeMteb: join(folder, 'results'),
      });
      expect(result.tasks.map(({ task }) => task)).toEqual([
        'CosQA',
        'CodeSearchNetRetrieval python',
        'CodeSearchNetRetrieval go',
      ]);
      expect(printed).toContain('CodeSearchNetRetrieval has 6 subsets, of which 2 are there');
      expect(printed).toMatch(/Mean by language, nDCG@10 × 100 +python \(2\) +go \(1\)/);
      const written = join(folder, 'results/local__tiny-model/no_revision_available');
      expect((await readdir(written)).sort()).toEqual([
        'CodeSearchNetRetrieval.json',
        'CosQA.json',
        'model_meta.json',
      ]);
      const { scores } = JSON.parse(await readFile(join(written, 'CodeSearchNetRetrieval.json'), 'utf8'));
      expect(scores.test.map(({ hf_subset }: { hf_subset: string }) => hf_subset)).toEqual(['python', 'go']);
      expect(scores.test[0].main_score).toBeCloseTo(result.tasks[1]!.systems.at(-1)!.value, 5);
      const [onlyGo] = await evaluate({ benchmark: 'mteb', data, languages: ['go'] });
      expect(onlyGo.tasks.map(({ task }) => task)).toEqual(['CodeSearchNetRetrieval go']);
    });

    it('says in one line what it expects', async () => {
      const fails = async (options: Partial<EvaluateOptions>, message: string | RegExp) =>
        expect(evaluate(options)).rejects.toThrow(message);
      await fails(
        { benchmark: 'coir', data: folder },
        `--data must have folders of coir's tasks, such as cosqa`,
      );
      await fails(
        { benchmark: 'coir', data: folder, taskNames: ['cosq'] },
        'received cosq. Did you mean cosqa?',
      );
      await fails(
        { benchmark: 'coir', data: null },
        '--data must be the folder of the files, or --download be given',
      );
      await fails(
        { benchmark: 'cosqa', data: null, download: true },
        '--download does not apply: the hub has no copy of cosqa',
      );
      await fails({ benchmark: 'coir', download: true }, '--data must be left out where --download is given');
      await fails(
        { taskNames: ['x'] },
        '--task does not apply: it names tasks of coir, mteb and beir, received cosqa',
      );
      await fails(
        { candidates: 'java' },
        '--candidates does not apply: cosqa has no candidates of another language',
      );
      await fails({ writeMteb: folder }, '--write-mteb does not apply: cosqa is no task of MTEB');
      await fails(
        { benchmark: 'beir', data: null, download: true, taskNames: ['scifact'] },
        '--task must be one data set of the hub',
      );
    });

    it('downloads a task into the hub’s cache, once, and a model by its name', async () => {
      const { revision } = findHubTask('coir', 'cosqa');
      const bytesOf = async (root: string) => {
        const files: Record<string, Uint8Array> = {};
        for (const name of await readdir(root, { recursive: true })) {
          const bytes = await readFile(join(root, name)).catch(() => null);
          if (bytes !== null) files[name] = bytes;
        }
        return files;
      };
      const commit = 'd'.repeat(40);
      const hub = await new LoopbackHub([
        {
          type: 'dataset',
          name: 'CoIR-Retrieval/cosqa',
          refs: { main: revision },
          commits: { [revision]: await bytesOf(join(golden, 'coir-cosqa')) },
        },
        {
          type: 'model',
          name: 'owner/tiny',
          refs: { main: commit },
          commits: { [commit]: await bytesOf(model) },
        },
      ]).start();
      vi.stubEnv('HF_ENDPOINT', hub.endpoint);
      vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub-cache'));
      vi.stubEnv('HF_HUB_OFFLINE', undefined);
      try {
        const options = {
          benchmark: 'coir',
          data: null,
          download: true,
          taskNames: ['cosqa'],
          model: 'owner/tiny',
        } as const;
        const [result, printed] = await evaluate(options);
        expect(result.tasks[0]).toMatchObject({ task: 'cosqa', queries: 2, documents: 4 });
        expect(printed).toContain('tiny (subtoken-bag, 32 dimensions)');
        expect(await readdir(join(folder, 'hub-cache'))).toEqual([
          'datasets--CoIR-Retrieval--cosqa',
          'models--owner--tiny',
        ]);
        hub.reset();
        await evaluate(options);
        expect(hub.requests.filter(({ url }) => url.includes('datasets'))).toEqual([]);
        vi.stubEnv('HF_HUB_OFFLINE', '1');
        await expect(evaluate({ ...options, taskNames: ['apps'] })).rejects.toThrow(
          /^the data set CoIR-Retrieval\/apps at f22508f\w+ is not in .*, and HF_HUB_OFFLINE forbids to download it/,
        );
      } finally {
        vi.unstubAllEnvs();
        await hub.stop();
      }
    });
  });

  it('takes any kind of model, and a prompt for its queries', async () => {
    const transformer = join(folder, 'tiny transformer');
    const encoder = await TransformerEncoder.random({
      texts: functions.map(({ code }) => code.join(' ')),
      vocabularySize: 300,
      hiddenSize: 32,
      layers: 1,
      intermediateSize: 32,
      seed: 1,
    });
    await encoder.save(transformer);
    encoder.dispose();
    const [plain, printed] = await evaluate({ model: transformer });
    expect(printed).toMatch(/tiny transformer \(.*32 dimensions\)/);
    const [prompted] = await evaluate({
      model: transformer,
      queryPrompt: 'return the code that does this: ',
    });
    expect(prompted.tasks[0]!.systems[1]!.value).not.toBe(plain.tasks[0]!.systems[1]!.value);
  });

  it('gives the hard subset its own numbers', async () => {
    // Every function is asked for in words that stand in none, so that BM25 finds nothing.
    const queries = functions.map((_, i) => ({
      doc: i < 20 ? 'unheard words' : 'sort list',
      retrieval_idx: i,
    }));
    await put('hard/cosqa-retrieval-test-500.json', JSON.stringify(queries));
    await put('hard/code_idx_map.txt', await readFile(join(folder, 'cosqa/code_idx_map.txt'), 'utf8'));
    const [result, printed] = await evaluate({ data: join(folder, 'hard'), hardSubset: 5 });
    const { hardSubset } = result.tasks[0]!;
    expect(hardSubset!.queries).toBeGreaterThanOrEqual(20);
    expect(hardSubset!.systems.map(({ system }) => system)).toEqual(['BM25', 'tiny model']);
    // Below rank 5, a reciprocal rank is less than 1/5.
    expect(hardSubset!.systems[0]!.value).toBeLessThan(0.2);
    expect(printed).toContain(`${hardSubset!.queries} of 60 queries that every baseline ranks below 5.`);
  });

  it('says which file to get, before anything is computed', async () => {
    await expect(evaluate({ benchmark: 'codesearchnet', data: join(folder, 'csn') })).rejects.toThrow(
      /python\/test\.jsonl is missing\. Get the CodeSearchNet data/,
    );
    await expect(evaluate({ model: join(folder, 'cosqa') })).rejects.toThrow(
      'cosqa must be the folder of a model, with config.json in it',
    );
    await expect(evaluate({ languages: ['ruby'] })).rejects.toThrow(
      '--language does not apply: cosqa is a single task',
    );
    await expect(
      evaluate({ benchmark: 'codesearchnet', data: folder, languages: ['cobol'] }),
    ).rejects.toThrow('--language of codesearchnet must be one of python, java');
  });

  it('is a command that prints one JSON object', async () => {
    const root = resolve(here, '../../..');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...['--import', 'tsx', join(here, '../cli.ts'), 'evaluate', '--benchmark', 'cosqa'],
        ...['--data', join(folder, 'cosqa'), '--model', model, '--hard-subset', '--json'],
      ],
      { cwd: root },
    );
    const result = JSON.parse(stdout) as EvaluationResult;
    expect(result.tasks[0]).toMatchObject({ task: 'CoSQA', hardSubset: { rank: 10 } });
    expect(Object.keys(result.tasks[0]!.systems[0]!.measures)).toEqual([
      'mrr@1000',
      'recall@1',
      'recall@10',
      'ndcg@10',
    ]);
    expect(await readFile(join(folder, 'cosqa/code_idx_map.txt'), 'utf8')).toContain('def');
  });
});
