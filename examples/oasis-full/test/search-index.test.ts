import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BagEmbedder, readSafetensors } from 'oasis-embed/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIndexWriter } from '../search/index-writer.js';
import { quantizeQuery, quantizeRows } from '../search/quantize.js';
import { createRowScorer } from '../search/row-scorer.js';
import { openSearchIndex, SearchInputError } from '../search/search-index.js';
import { topRows } from '../search/top-rows.js';
import { createRunFolder } from '../store/run-folder.js';
import { drafted, writeSearchRun } from './support/search-run.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-search-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const vectorsOf = (columns: number) =>
  fc.array(fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: columns, maxLength: columns }), {
    minLength: 1,
    maxLength: 30,
  });
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('quantised scores', () => {
  it('are never further from the true ones than their bound says, in one memory and in several', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 40 })
          .chain((columns) =>
            fc.record({ rows: vectorsOf(columns), query: vectorsOf(columns), columns: fc.constant(columns) }),
          ),
        fc.constantFrom(undefined, 300),
        ({ rows, query: [first], columns }, shardBytes) => {
          const vectors = Float32Array.from(rows.flat());
          const query = Float32Array.from(first!);
          const { codes, scales, errors } = quantizeRows(vectors, rows.length, columns);
          const scorer = createRowScorer(rows.length, columns, shardBytes);
          let at = 0;
          for (const piece of scorer.pieces) {
            piece.set(new Uint8Array(codes.buffer, at, piece.length));
            at += piece.length;
          }
          expect(at).toBe(codes.length);
          scorer.setScales(scales);
          const scores = new Float32Array(rows.length);
          const quantized = quantizeQuery(query);
          scorer.scoreAll(quantized, scores);
          rows.forEach((row, i) => {
            const norm = Math.hypot(...row) + errors[i]!;
            const bound =
              quantized.norm * errors[i]! + quantized.error * norm + 2 ** -20 * quantized.norm * norm;
            expect(Math.abs(scores[i]! - dot(query, row))).toBeLessThanOrEqual(bound + 1e-30);
          });
        },
      ),
    );
  });

  it('do not overflow at the largest codes of 4,096 dimensions', () => {
    const columns = 4096;
    const ones = new Float32Array(columns).fill(1);
    const { codes, scales } = quantizeRows(ones, 1, columns);
    const scorer = createRowScorer(1, columns);
    scorer.pieces[0]!.set(new Uint8Array(codes.buffer));
    scorer.setScales(scales);
    const out = new Float32Array(1);
    scorer.scoreAll(quantizeQuery(ones), out);
    expect(out[0]).toBeCloseTo(columns, 0);
  });
});

describe('topRows', () => {
  it('finds what sorting all exact scores finds, however the approximation errs within its bound', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            // Few values, so that there are ties.
            exact: fc.integer({ min: -4, max: 4 }),
            error: fc.double({ min: 0, max: 3, noNaN: true }),
            drift: fc.double({ min: -1, max: 1, noNaN: true }),
            allowed: fc.boolean(),
          }),
          { maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (rows, count, filtered) => {
          const expected = rows
            .map(({ exact, allowed }, row) => ({ row, score: exact, allowed }))
            .filter(({ allowed }) => !filtered || allowed)
            .sort((a, b) => b.score - a.score || a.row - b.row)
            .slice(0, count)
            .map(({ row, score }) => ({ row, score }));
          const found = topRows(
            rows.map(({ exact, error, drift }) => exact + error * drift),
            {
              count,
              // Rounding of the sum above is not the approximation's.
              error: (row) => rows[row]!.error + 1e-12,
              exact: (row) => rows[row]!.exact,
              ...(filtered ? { allowed: (row: number) => rows[row]!.allowed } : {}),
            },
          );
          expect(found).toEqual(expected);
        },
      ),
    );
  });
});

const verbs = ['parse', 'sort', 'filter', 'merge', 'count', 'find', 'remove', 'copy'];
const nouns = ['list', 'date', 'tree', 'object', 'string', 'number', 'map', 'queue', 'word', 'path'];
const functions = drafted(
  verbs.flatMap((verb, v) =>
    nouns.map((noun, n) => ({
      qualifiedName: `${verb}${noun}`,
      source: `function ${verb}${noun}(${noun}) {\n  return ${noun}.${verb}(${n});\n}`,
      summary: `How to ${verb} a ${noun}`,
      repository: `repository-${v % 3}`,
      language: n % 2 === 0 ? 'javascript' : 'typescript',
    })),
  ),
);
const run = join(scratch, 'run');
beforeAll(() => writeSearchRun(run, functions));

describe('a search index', () => {
  it('finds the same as scoring and sorting everything in float64, with every filter', async () => {
    const index = await openSearchIndex(run);
    const embedder = await BagEmbedder.load(createRunFolder(run).path('model'));
    const { tensors } = await readSafetensors(createRunFolder(run).path('indexVectors'));
    const { data, shape } = tensors.get('functions')!;
    expect(shape).toEqual([functions.length, 64]);
    for (const question of ['sort a list', 'remove the word from a path', 'zebras sort', 'remove']) {
      const query = (await embedder.embed([question], { role: 'query' })).data;
      for (const filters of [
        {},
        { repository: 'repository-1' },
        { language: 'typescript' },
        { repository: 'repository-2', language: 'javascript' },
      ]) {
        const expected = functions
          .map((fn, i) => ({ id: fn.id, fn, score: dot(query, data.subarray(i * 64, (i + 1) * 64)), i }))
          .filter(({ fn }) => !('repository' in filters) || fn.repository === filters.repository)
          .filter(({ fn }) => !('language' in filters) || fn.language === filters.language)
          .sort((a, b) => b.score - a.score || a.i - b.i)
          .slice(0, 7);
        const hits = await index.search(question, { top: 7, mode: 'dense', ...filters });
        expect(hits.map(({ fn, score }) => ({ id: fn.id, score }))).toEqual(
          expected.map(({ id, score }) => ({ id, score })),
        );
        const { id, source, qualifiedName, path } = expected[0]!.fn;
        expect(hits[0]!.fn).toMatchObject({ id, source, qualifiedName, path });
      }
    }
    await index.close();
  });

  it('knows its repositories and languages, the largest first', async () => {
    const index = await openSearchIndex(run);
    expect(index).toMatchObject({ size: 80, dimensions: 64, encoder: 'subtoken-bag' });
    expect(index.repositories).toEqual([
      { name: 'repository-0', functions: 30 },
      { name: 'repository-1', functions: 30 },
      { name: 'repository-2', functions: 20 },
    ]);
    expect(index.languages.map(({ name }) => name)).toEqual(['javascript', 'typescript']);
    await index.close();
  });

  it('finds nothing for words that nobody knows, and takes any other text as a question', async () => {
    const index = await openSearchIndex(run);
    for (const mode of ['hybrid', 'lexical', 'dense'] as const) {
      for (const question of [
        '?! …',
        'qzxv wvut',
        '<script>alert()</script>',
        'x'.repeat(4000),
        `${'\\'.repeat(50)}a`,
      ])
        expect(await index.search(question, { top: 5, mode })).toEqual([]);
    }
    for (const question of ['\u0000sort\u202e\ud800', "'; DROP TABLE list; --", `${'y'.repeat(3990)} sort`])
      expect(await index.search(question, { top: 3 })).toHaveLength(3);
    expect(await index.search('sort', { top: 1000, mode: 'dense' })).toHaveLength(80);
    await index.close();
  });

  it('puts the name that is asked for first, and says so', async () => {
    const index = await openSearchIndex(run);
    for (const name of ['parsedate', 'copyqueue', 'MERGEPATH']) {
      const [first] = await index.search(name, { top: 2 });
      expect(first!.fn.qualifiedName).toBe(name.toLowerCase());
      expect(first!.evidence.named).toBe(name === 'MERGEPATH' ? 'any-case' : 'exact');
    }
    const [inSentence] = await index.search('what does `removeword` do', { top: 1 });
    expect(inSentence!.fn.qualifiedName).toBe('removeword');
    await index.close();
  });

  it('finds what is most like an entry, without the entry', async () => {
    const index = await openSearchIndex(run);
    const { id } = functions.find(({ name }) => name === 'parsedate')!;
    const hits = await index.related(id, { top: 5 });
    expect(hits).toHaveLength(5);
    expect(hits.map(({ fn }) => fn.id)).not.toContain(id);
    expect(hits.every(({ fn }) => /parse|date/.test(fn.qualifiedName))).toBe(true);
    await expect(index.related('nobody', { top: 1 })).rejects.toThrow(/id must be that of an entry/);
    await index.close();
  });

  it('lists the entries of a file by line', async () => {
    const index = await openSearchIndex(run);
    expect((await index.outline('src/file-3.js')).map(({ qualifiedName }) => qualifiedName)).toEqual([
      'parseobject',
    ]);
    expect(await index.outline('nowhere.js')).toEqual([]);
    await index.close();
  });

  it('refuses what it cannot answer, with the reason', async () => {
    const index = await openSearchIndex(run);
    const refuses = async (question: string, filters: object, message: RegExp) => {
      const answer = index.search(question, { top: 5, ...filters });
      await expect(answer).rejects.toThrow(message);
      await expect(answer).rejects.toThrow(SearchInputError);
    };
    await refuses('  \n', {}, /question must not be empty/);
    await refuses('y'.repeat(4001), {}, /at most 4000 characters, received 4001/);
    await refuses(
      'sort',
      { repository: 'constructor' },
      /repository must be one of repository-0, .*received "constructor"/,
    );
    await refuses(
      'sort',
      { language: 'cobol' },
      /language must be one of javascript, typescript, received "cobol"/,
    );
    await index.close();
  });
});

describe('opening an index', () => {
  const broken = async (name: string, breakIt: (folder: ReturnType<typeof createRunFolder>) => void) => {
    const copy = join(scratch, name);
    await cp(run, copy, { recursive: true });
    breakIt(createRunFolder(copy));
    return openSearchIndex(copy);
  };

  it('names a folder that is no run, and the file that is missing', async () => {
    await expect(openSearchIndex(join(scratch, 'nowhere'))).rejects.toThrow(
      /--run: expected the folder of a finished run, received .*nowhere, which lacks .*index\.json/,
    );
    await expect(broken('no-manifest', (folder) => rmSync(folder.path('indexManifest')))).rejects.toThrow(
      /which lacks .*index\.json/,
    );
  });

  it('refuses an index of another format, and one cut off', async () => {
    await expect(
      broken('old', (folder) => writeFileSync(folder.path('indexManifest'), '{"format":1}')),
    ).rejects.toThrow(/expected index format 4, received 1; make the index again/);
    await expect(
      broken('torn', (folder) => writeFileSync(folder.path('indexManifest'), '{"form')),
    ).rejects.toThrow(/index\.json: not a JSON value/);
    for (const [i, file] of (['indexVectors', 'indexQuantized', 'indexFunctions'] as const).entries()) {
      await expect(broken(`cut-${i}`, (folder) => truncateSync(folder.path(file), 2000))).rejects.toThrow(
        /(must hold|must have) .* bytes, received 2000/,
      );
    }
  });

  it('refuses an index and a model that disagree', async () => {
    await expect(
      broken('other-model', (folder) => {
        const path = join(folder.path('model'), 'model.safetensors');
        const bytes = readFileSync(path);
        bytes[bytes.length - 3]! ^= 1;
        writeFileSync(path, bytes);
      }),
    ).rejects.toThrow(/the index was made with a different model/);
  });
});

describe('writing an index', () => {
  it('refuses vectors that are not finite or not as many, and leaves nothing behind', async () => {
    const folder = createRunFolder(join(scratch, 'writing'));
    const writer = await createIndexWriter(folder, { dimensions: 2, model: 'm', roots: new Map() });
    const one = functions.slice(0, 1).map((entry) => ({ entry, duplicates: [] }));
    await expect(writer.add(one, Float32Array.of(1))).rejects.toThrow(/shape \[1, 2\], received 1 values/);
    await expect(writer.add(one, Float32Array.of(1, Number.NaN))).rejects.toThrow(
      /gave repository-0\/src\/file-0\.js:1 a vector that is not finite/,
    );
    await writer.abort();
    await expect(openSearchIndex(folder.root)).rejects.toThrow(/which lacks/);
  });

  it('an empty index answers with nothing', async () => {
    const empty = join(scratch, 'empty');
    await writeSearchRun(empty, functions.slice(0, 1));
    const folder = createRunFolder(empty);
    const manifest = JSON.parse(readFileSync(folder.path('indexManifest'), 'utf8'));
    const writer = await createIndexWriter(folder, {
      dimensions: 64,
      model: manifest.model,
      roots: new Map(),
    });
    await writer.finish();
    const index = await openSearchIndex(empty);
    expect(await index.search('sort', { top: 5 })).toEqual([]);
    await index.close();
  });
});
