import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateRun, readQrels, readTrecRun } from 'oasis-embed/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BenchmarkFolder, createBenchmarkFolder, jsonLines } from './support/benchmark-folder.js';

let folder = '';
let put: BenchmarkFolder['put'];
let evaluate: BenchmarkFolder['evaluate'];
let remove: BenchmarkFolder['remove'];

const verbs = ['sort', 'reverse', 'parse', 'merge', 'count'];
/** Functions of two lines each, and one in Ruby. */
const python = verbs.map((verb) => `def ${verb}_list(items):\n    return do_${verb}(items)\n`).join('');

beforeAll(async () => {
  ({ folder, put, evaluate, remove } = await createBenchmarkFolder());
  const issues = verbs.slice(0, 3).map((verb, i) => ({
    instance_id: `owner__tools-${i}`,
    repo: 'owner/tools',
    base_commit: 'c'.repeat(40),
    problem_statement: `cannot ${verb} a list`,
    patch: `--- a/tools.py\n+++ b/tools.py\n@@ -${2 * i + 2} +${2 * i + 2} @@\n-    return do_${verb}(items)\n+    return items\n`,
  }));
  await put('issues/issues.jsonl', jsonLines(issues));
  for (const { instance_id } of issues) {
    await put(`issues/repositories/${instance_id}/tools.py`, python);
    await put(`issues/repositories/${instance_id}/tools.rb`, 'def sort_a_list\n  1\nend\n');
  }
});
afterAll(() => remove());

describe('oasis-full evaluate on issue-to-function', () => {
  const options = () => ({ benchmark: 'issue-to-function', data: join(folder, 'issues') }) as const;

  it('ranks the functions of its repository for each issue, and writes one run of all', async () => {
    const writeRun = join(folder, 'issues.run');
    const writeQrels = join(folder, 'issues.qrels');
    const [result, printed] = await evaluate({ ...options(), writeRun, writeQrels, hardSubset: 1 });
    const [task] = result.tasks;
    // Six functions for each of three issues.
    expect(task).toMatchObject({ task: 'Issue to function', measure: 'ndcg@10', queries: 3, documents: 18 });
    expect(task!.systems.map(({ system }) => system)).toEqual(['BM25', 'tiny model']);
    expect(printed).toMatch(/System, nDCG@10 × 100 +Issue to function/);
    const run = await readTrecRun(writeRun);
    expect([...run.keys()]).toEqual(['owner__tools-0', 'owner__tools-1', 'owner__tools-2']);
    const { mean } = evaluateRun(run, await readQrels(writeQrels), ['ndcg@10']);
    expect(mean['ndcg@10']).toBeCloseTo(task!.systems.at(-1)!.value, 12);
    const [python] = await evaluate({ ...options(), languages: ['python'] });
    expect(python.tasks[0]!.documents).toBe(15);
    // The function in Ruby asks for the same words.
    expect(python.tasks[0]!.systems[0]!.value).toBe(1);
  });

  it('resumes at the issue where it left off', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'temporary'));
    try {
      await mkdir(tmpdir());
      await expect(evaluate({ ...options(), writeRun: join(folder, 'none/run') })).rejects.toThrow('ENOENT');
      const [kept] = await readdir(tmpdir());
      expect((await readdir(join(tmpdir(), kept!))).sort()).toEqual(
        [0, 1, 2].map((issue) => `issue-to-function-${issue}-0.bin`),
      );
      await evaluate(options());
      expect(await readdir(tmpdir())).toEqual([kept]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('refuses what does not apply, and says what is missing', async () => {
    await expect(evaluate({ ...options(), rerank: 'x' })).rejects.toThrow(
      '--rerank does not apply: each issue has candidates of its own',
    );
    await expect(evaluate({ ...options(), languages: ['cobol'] })).rejects.toThrow(
      '--language of issue-to-function must be one of python, java',
    );
    await expect(evaluate({ ...options(), data: folder })).rejects.toThrow(/issues\.jsonl is missing/);
    await expect(evaluate({ ...options(), languages: ['go'] })).rejects.toThrow(
      'must have an issue whose fix edits a function, received none',
    );
  });
});
