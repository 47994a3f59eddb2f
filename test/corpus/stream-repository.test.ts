import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnalyzeRepositoryOptions,
  analyzeRepository,
  createAnalysisCache,
  type RepositoryAnalysis,
  type RepositorySummary,
  type StreamRepositoryOptions,
  streamRepository,
} from '../../src/corpus/index.js';
import { folderOf } from './repository-folder.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const source = fileURLToPath(new URL('../../src', import.meta.url));

/** What a stream hands out, put together as an analysis. */
const collected = async (root: string, options: StreamRepositoryOptions): Promise<RepositoryAnalysis> => {
  const summaries: RepositorySummary[] = [];
  const functions = [];
  const calls = [];
  const paths = [];
  for await (const file of streamRepository(root, { ...options, onSummary: (one) => summaries.push(one) })) {
    expect(summaries).toEqual([]);
    for (const found of file.functions) functions.push(found);
    for (const call of file.calls) calls.push(call);
    for (const { path, language, license } of file.functions)
      expect([path, language, license]).toEqual([file.path, file.language, file.license]);
    paths.push(file.path);
  }
  expect(summaries).toHaveLength(1);
  return { ...summaries[0]!, functions, calls, paths };
};

const agree = async (root: string, options: AnalyzeRepositoryOptions): Promise<RepositoryAnalysis> => {
  const whole = await analyzeRepository(root, options);
  const streamed = await collected(root, options);
  expect(streamed).toEqual(whole);
  expect(JSON.stringify(streamed.functions)).toBe(JSON.stringify(whole.functions));
  return whole;
};

/** Files that call, import, extend and hide each other's names. */
const files = fc.dictionary(
  fc.constantFrom(
    'a.ts',
    'b.ts',
    'c.ts',
    'lib/a.ts',
    'lib/index.ts',
    'test/a.ts',
    'm.py',
    'n.py',
    'p/A.java',
    'p/B.java',
  ),
  fc.array(
    fc
      .record({
        kind: fc.constantFrom('function', 'class', 'import', 'export', 'hidden', 'field'),
        name: fc.constantFrom('one', 'two', 'Three', 'Four', 'get'),
        other: fc.constantFrom('one', 'two', 'Three', 'Four', 'get'),
        from: fc.constantFrom('./a.js', './b.js', './lib/index.js', './c.js', '../a.js'),
      })
      .map((line) => line),
    { maxLength: 8 },
  ),
  { maxKeys: 6 },
);

const write = (
  path: string,
  lines: readonly { kind: string; name: string; other: string; from: string }[],
): string => {
  const js: Record<string, (l: { name: string; other: string; from: string }) => string> = {
    function: ({ name, other }) =>
      `/** Calls ${other}. */\nexport function ${name}(x) { ${other}(x); return x.${name}(); }`,
    class: ({ name, other }) =>
      `export class ${name} extends ${other} { ${other}() { this.get(); super.${name}(); } }`,
    import: ({ name, other, from }) => `import { ${other} as ${name} } from '${from}';`,
    export: ({ name, from }) => `export { ${name} } from '${from}'; export * from '${from}';`,
    hidden: ({ name, other }) => `const ${other} = 1; export const ${name} = (${other}) => ${other}();`,
    field: ({ name, other }) =>
      `class Holder { ${name}: ${other} = new ${other}(); run() { this.${name}.get(); ${name}(); } }`,
  };
  const py: typeof js = {
    function: ({ name, other }) => `def ${name}(x):\n    """Calls ${other}."""\n    return ${other}(x)`,
    class: ({ name, other }) =>
      `class ${name}(${other}):\n    def get(self):\n        return self.${other}()`,
    import: ({ name, other }) => `from m import ${other} as ${name}`,
    export: () => 'from n import *',
    hidden: ({ name, other }) => `def ${name}(${other}):\n    return ${other}()`,
    field: ({ name, other }) =>
      `class Holder:\n    def __init__(self):\n        self.${name} = ${other}()\n    def run(self):\n        self.${name}.get()`,
  };
  const java: typeof js = {
    function: ({ name, other }) => `class F${name} { int ${name}(int x) { return new ${other}().get(); } }`,
    class: ({ name, other }) =>
      `class ${name} extends ${other} { int get() { return ${other}.two(); } static int two() { return get(); } }`,
    import: ({ name }) => `import p.${name};`,
    export: () => 'import p.*;',
    hidden: ({ name, other }) => `class H { int ${name}(${other} two) { return two.get(); } }`,
    field: ({ name, other }) => `class G { ${other} ${name}; int run() { return ${name}.get(); } }`,
  };
  const rules = path.endsWith('.ts') ? js : path.endsWith('.py') ? py : java;
  return lines.map((line) => rules[line.kind]!(line)).join('\n\n');
};

describe('streamRepository', () => {
  it('hands out what analyzeRepository finds, to the byte', async () => {
    for (const granularity of ['function', 'class', 'file', 'module'] as const) {
      const { calls } = await agree(fixtures, { granularity });
      expect(calls.length).toBeGreaterThan(granularity === 'file' ? 20 : 60);
    }
    await agree(source, { granularity: 'module', filters: 'CodeSearchNet' });
    await agree(source, { resolveCalls: false, filters: { minCodeLines: 5 } });
    await agree(fixtures, {
      workers: 2,
      languages: ['typescript', 'csharp', 'go'],
      cache: createAnalysisCache(),
    });
  }, 60_000);

  it('agrees on any files', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.constantFrom('function', 'class', 'module'), async (drawn, granularity) => {
        const root = await folderOf(
          Object.fromEntries(Object.entries(drawn).map(([path, lines]) => [path, write(path, lines)])),
        );
        await agree(root, { granularity, repository: 'any' });
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('leaves nothing behind where the loop ends early', async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('oasis-embed-'));
    const before = left();
    for await (const { functions } of streamRepository(fixtures, { workers: 1 })) {
      expect(left()).toEqual(before);
      if (functions.length > 0) break;
    }
    const controller = new AbortController();
    const run = async () => {
      for await (const _ of streamRepository(fixtures, { signal: controller.signal })) controller.abort();
    };
    await expect(run()).rejects.toThrow(/abort/i);
    expect(left()).toEqual(before);
  });

  it('names an option that it does not know', async () => {
    const stream = streamRepository(fixtures, { onSumary: () => {} } as StreamRepositoryOptions);
    await expect(stream.next()).rejects.toThrow('onSummary');
    await expect(streamRepository('/no/such/folder').next()).rejects.toThrow('root must be a folder');
  });
});
