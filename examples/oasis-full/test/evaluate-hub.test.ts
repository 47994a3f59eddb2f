import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHubTask } from 'oasis-embed/benchmarks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LoopbackHub } from '../../../test/hub/loopback-hub.js';
import type { EvaluateOptions } from '../evaluation/evaluate-model.js';
import { type BenchmarkFolder, createBenchmarkFolder } from './support/benchmark-folder.js';

let folder = '';
let model = '';
let evaluate: BenchmarkFolder['evaluate'];
let remove: BenchmarkFolder['remove'];

beforeAll(async () => {
  ({ folder, model, evaluate, remove } = await createBenchmarkFolder());
});
afterAll(() => remove());

describe('oasis-full evaluate on tasks of CoIR and MTEB', () => {
  const golden = fileURLToPath(new URL('../../../test/benchmarks/golden/hub', import.meta.url));

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
    const abstention = Object.keys(scores.test[0]).filter((name) => name.startsWith('nauc_'));
    expect(abstention).toHaveLength(5 * 7 * 3);
    expect(abstention).toContain('nauc_precision_at_20_diff1');
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
      '--task does not apply: it names tasks of coir, mteb, beir and library-code, received cosqa',
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
