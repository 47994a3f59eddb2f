import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { evaluateTask, findHubTask, loadHubTask } from 'oasis-embed/benchmarks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MtebEvaluation, writeMtebFiles } from '../evaluation/mteb-files.js';

const golden = resolve(dirname(fileURLToPath(import.meta.url)), '../../../test/benchmarks/golden');
/** A Python that has mteb. */
const python = process.env.MTEB_PYTHON;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oasis-full-mteb-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Counts letters. */
const embed = (texts: readonly string[]) => {
  const data = new Float32Array(texts.length * 32);
  texts.forEach((text, row) => {
    const counts = data.subarray(32 * row, 32 * (row + 1));
    for (const character of text) counts[character.codePointAt(0)! % 32]! += 1;
    const length = Math.hypot(...counts);
    counts.forEach((count, i) => {
      counts[i] = count / length;
    });
  });
  return { data, rows: texts.length, columns: 32 };
};
const letters = { embedQueries: embed, embedDocuments: embed };

const evaluated = async (name: string, data: string, subset: string | null): Promise<MtebEvaluation> => {
  const task = findHubTask('mteb', name);
  const directory = join(golden, 'hub', data);
  const load = () => loadHubTask(directory, task, subset === null ? {} : { subset });
  return {
    chosen: {
      slug: name,
      load,
      predictionKey: 'url',
      folder: directory,
      language: subset,
      hub: { task, subset },
    },
    evaluation: await evaluateTask(await load(), letters, { confidence: true }),
  };
};

describe.skipIf(python === undefined)('the mteb package', () => {
  it('reads results with its own classes and finds task, revision, languages and scores', async () => {
    const evaluations = [
      await evaluated('CosQA', 'coir-cosqa', null),
      await evaluated('CodeSearchNetRetrieval', 'mteb-csn', 'python'),
      await evaluated('CodeSearchNetRetrieval', 'mteb-csn', 'go'),
    ];
    const revision = 'c'.repeat(40);
    await writeMtebFiles(folder, { name: 'owner/model', revision, dimensions: 32 }, evaluations, 3);
    const { stdout } = await promisify(execFile)(python!, [join(golden, 'read-mteb-results.py'), folder], {
      maxBuffer: 1 << 24,
    });
    const found = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
    const score = (i: number) => Number(evaluations[i]!.evaluation.score.toFixed(5));
    expect(found).toEqual({
      model: ['owner/model', revision, 32],
      CosQA: {
        revision: findHubTask('mteb', 'CosQA').revision,
        matches: true,
        valid: true,
        main: score(0),
        subsets: { default: [score(0), ['eng-Latn', 'python-Code']] },
      },
      CodeSearchNetRetrieval: {
        revision: findHubTask('mteb', 'CodeSearchNetRetrieval').revision,
        matches: true,
        valid: true,
        main: expect.closeTo((score(1) + score(2)) / 2, 6),
        subsets: { python: [score(1), ['python-Code']], go: [score(2), ['go-Code']] },
      },
      loaded: [
        ['owner/model', 'CodeSearchNetRetrieval'],
        ['owner/model', 'CosQA'],
      ],
    });
  });
});
