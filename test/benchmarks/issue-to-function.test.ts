import fs from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedLines } from '../../src/benchmarks/changed-lines.js';
import {
  evaluateBm25,
  joinEvaluations,
  loadIssueToFunction,
  type RetrievalTask,
} from '../../src/benchmarks/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issues-'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = async (name: string, content: string) => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
};

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

/** As `git diff` prints it, with a file that is new, one that is gone, a rename, and no line break at the end. */
const PATCH = `diff --git a/src/new.py b/src/new.py
new file mode 100644
index 0000000..3be9c81
--- /dev/null
+++ b/src/new.py
@@ -0,0 +1,2 @@
+def new():
+    pass
diff --git a/src/gone.py b/src/gone.py
deleted file mode 100644
--- a/src/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-def gone():
--- a comment of SQL that looks like a header
diff --git "a/src/caf\\303\\251.py" "b/src/caf\\303\\251.py"
index 1..2 100644
--- "a/src/caf\\303\\251.py"
+++ "b/src/caf\\303\\251.py"
@@ -3 +3,2 @@ def f():
-    a
+    b
+    c
\\ No newline at end of file
@@ -9,0 +11,1 @@
+    d
`;

test('changedLines finds the lines of a patch as they were numbered before it', () => {
  expect(changedLines(PATCH)).toEqual([
    { path: 'src/gone.py', removed: [1, 2], insertedAfter: [] },
    { path: 'src/café.py', removed: [3], insertedAfter: [9] },
  ]);
  expect(() => changedLines('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n?b\n')).toThrow(
    'patch:5: expected a line of a hunk, received "?b"',
  );
});

const SOURCE = `import os


def alpha(items):
    """Sorts the items."""
    def inner(x):
        return x
    return sorted(items, key=inner)


def beta(path):
    with open(path) as f:
        return f.read()


VALUE = 1
`;

const patch = (...hunks: readonly string[]) => `--- a/lib/tools.py\n+++ b/lib/tools.py\n${hunks.join('')}`;
const row = (id: string, commit: string, statement: string, change: string) =>
  `${JSON.stringify({ instance_id: id, repo: 'owner/tools', base_commit: commit, problem_statement: statement, patch: change })}\n`;

/** The names of what is relevant to a task's one query. */
const relevantNames = async (task: RetrievalTask) => {
  const texts = new Map((await all(task.documents())).map(({ id, text }) => [id, text.split('\n')[1]]));
  return [...task.qrels!.values().next().value!.keys()].map((id) => texts.get(id));
};

describe('loadIssueToFunction', () => {
  test('asks each issue for the functions that its fix edits, in its repository at its commit', async () => {
    const dir = join(folder, 'a/repositories/owner__tools');
    await mkdir(dir, { recursive: true });
    await git.init({ fs, dir });
    const commit = async (content: string) => {
      await put('a/repositories/owner__tools/lib/tools.py', content);
      await git.add({ fs, dir, filepath: 'lib/tools.py' });
      return git.commit({ fs, dir, message: 'x', author: { name: 'a', email: 'a@example.org' } });
    };
    const first = await commit(SOURCE);
    await commit('# nothing is left\n');
    await put(
      'a/issues.jsonl',
      row(
        'i-inner',
        first,
        'the key is wrong when sorting',
        patch('@@ -7 +7 @@\n-        return x\n+        return -x\n'),
      ) +
        row(
          'i-two',
          first,
          'read and sort the path',
          patch(
            '@@ -8,0 +9 @@\n+    pass\n',
            '@@ -12 +13 @@\n-    with open(path) as f:\n+    with open(path, "rb") as f:\n',
          ),
        ) +
        row('i-none', first, 'the value', patch('@@ -16 +16 @@\n-VALUE = 1\n+VALUE = 2\n')) +
        row(
          'i-outer',
          first,
          'sorted',
          patch('@@ -8 +8 @@\n-    return sorted(items, key=inner)\n+    return items\n'),
        ),
    );
    const tasks = await all(loadIssueToFunction(join(folder, 'a')));
    expect(tasks.map(({ name }) => name)).toEqual(['i-inner', 'i-two', 'i-outer']);
    expect(await Promise.all(tasks.map(relevantNames))).toEqual([['alpha.inner'], ['beta'], ['alpha']]);
    expect((await all(tasks[0]!.documents())).map(({ text }) => text.split('\n').slice(0, 2))).toEqual([
      ['lib/tools.py', 'alpha'],
      ['lib/tools.py', 'alpha.inner'],
      ['lib/tools.py', 'beta'],
    ]);
    const parts = [];
    for (const task of tasks) parts.push(await evaluateBm25(task, { measures: ['recall@1'] }));
    const whole = joinEvaluations('Issues', parts);
    expect(whole).toMatchObject({ task: 'Issues', queries: 3, documents: 9 });
    expect(whole.score).toBeCloseTo(parts.reduce((sum, { score }) => sum + score, 0) / 3, 12);
    expect(Array.from(whole.perQuery)).toEqual(parts.map(({ score }) => score));
    expect(() => joinEvaluations('None', [])).toThrow('parts must hold at least one evaluation, received 0');
  });

  test('takes the files of an issue as they stand, and says what is missing', async () => {
    await put('b/repositories/i-1/lib/tools.py', SOURCE);
    await put(
      'b/issues.jsonl',
      row('i-1', 'c', 's', patch('@@ -13 +13 @@\n-        return f.read()\n+        return 1\n')) +
        row('i-2', 'c0ffee'.repeat(6), 's', ''),
    );
    const [first] = await all(
      loadIssueToFunction(join(folder, 'b'), {
        textOf: ({ code }) => `x\n${code.split('\n')[0]}`,
        limit: 1,
      }),
    );
    expect(await relevantNames(first!)).toEqual(['def beta(path):']);
    // Before the first issue is read.
    await expect(loadIssueToFunction(join(folder, 'b')).next()).rejects.toThrow(
      `${join(folder, 'b/repositories/i-2')} is missing. Clone owner/tools (a bare clone does) to ` +
        `${join(folder, 'b/repositories/owner__tools')}, or put its files at c0ffeec0ffee there.`,
    );
    await expect(all(loadIssueToFunction(folder))).rejects.toThrow(
      /issues\.jsonl is missing\. Get issues in the columns/,
    );
    expect(await all(loadIssueToFunction(join(folder, 'b'), { limit: 0 }))).toEqual([]);
  });
});
