import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/annotation/models.js';
import { LsaEncoder } from '../../src/encoders/index.js';
import type { SparseMatrix } from '../../src/encoders/sparse-matrix.js';
import { truncatedSvd } from '../../src/encoders/truncated-svd.js';
import { createRandom } from '../../src/numerics/index.js';

const randomSparse = (rows: number, columns: number, density: number, seed: number) => {
  const random = createRandom(seed, 'sparse');
  const dense = Matrix.zeros(rows, columns);
  const offsets = new Uint32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (random.uniform() >= density) continue;
      const value = Math.fround(random.normal() / (1 + j));
      dense.set(i, j, value);
      indices.push(j);
      values.push(value);
    }
    offsets[i + 1] = indices.length;
  }
  const sparse: SparseMatrix = {
    rows,
    columns,
    offsets,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
  return { dense, sparse };
};

const topics = [
  'sort list number order',
  'open read file path',
  'draw line point color',
  'parse date time zone',
];
const texts = Array.from({ length: 200 }, (_, i) => {
  const random = createRandom(3, i);
  const words = topics[i % topics.length]!.split(' ');
  return Array.from({ length: 8 }, () =>
    random.uniform() < 0.8 ? words[random.below(words.length)] : `noise${random.below(30)}`,
  ).join(' ');
});

const cosine = (data: Float32Array, columns: number, i: number, j: number) => {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += data[i * columns + c]! * data[j * columns + c]!;
  return sum;
};

describe('truncatedSvd', () => {
  it.each([
    [40, 25, 0.3, 8],
    [25, 60, 0.5, 10],
    [30, 30, 0.2, 30],
  ])(
    'finds the singular values and subspace of a %i × %i matrix as the full decomposition does',
    (rows, columns, density, rank) => {
      const { dense, sparse } = randomSparse(rows, columns, density, rows);
      const full = new SingularValueDecomposition(dense, { autoTranspose: true });
      const { singularValues, rightVectors } = truncatedSvd(sparse, { rank, seed: 1, powerIterations: 4 });
      const k = singularValues.length;
      const strong = Array.from(singularValues).filter((value) => value > 0.05 * singularValues[0]!).length;
      for (let i = 0; i < strong; i++) {
        expect(singularValues[i]! / full.diagonal[i]!).toBeCloseTo(1, 6);
        let dot = 0;
        for (let j = 0; j < columns; j++) {
          dot += rightVectors.data[j * k + i]! * full.rightSingularVectors.get(j, i);
        }
        expect(Math.abs(dot)).toBeCloseTo(1, 4);
      }
    },
  );

  it('gives orthonormal right vectors', () => {
    const { sparse } = randomSparse(50, 40, 0.3, 5);
    const { rightVectors } = truncatedSvd(sparse, { rank: 12, seed: 0 });
    const v = Matrix.from1DArray(rightVectors.rows, rightVectors.columns, Array.from(rightVectors.data));
    const error = v.transpose().mmul(v).sub(Matrix.eye(rightVectors.columns)).norm();
    expect(error).toBeLessThan(1e-8);
  });

  it('gives no more directions than the matrix has', () => {
    const sparse: SparseMatrix = {
      rows: 3,
      columns: 4,
      offsets: Uint32Array.of(0, 2, 4, 6),
      indices: Uint32Array.of(0, 1, 0, 1, 0, 1),
      values: Float32Array.of(1, 2, 2, 4, 3, 6),
    };
    const { singularValues } = truncatedSvd(sparse, { rank: 3, seed: 0 });
    // The outer product of (1, 2, 3) and (1, 2): one singular value, √14 · √5.
    expect(singularValues.length).toBe(1);
    expect(singularValues[0]).toBeCloseTo(Math.sqrt(70), 9);
  });
});

describe('LsaEncoder', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lsa-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('puts texts of one topic nearer to each other than texts of two, also without a shared word', async () => {
    const encoder: Embedder = LsaEncoder.fit(texts, { dimensions: 4 });
    const { data, columns } = await encoder.embed(['sort list', 'number order', 'open file']);
    expect(cosine(data, columns, 0, 1)).toBeGreaterThan(0.8);
    expect(Math.abs(cosine(data, columns, 0, 2))).toBeLessThan(0.3);
  });

  it('gives rows of unit length, and the zero row for a text without a known term', async () => {
    const { data, columns } = await LsaEncoder.fit(texts, { dimensions: 5 }).embed([
      'sort file',
      '???',
      'xyzzy',
    ]);
    expect(cosine(data, columns, 0, 0)).toBeCloseTo(1, 5);
    expect(cosine(data, columns, 1, 1)).toBe(0);
    expect(cosine(data, columns, 2, 2)).toBe(0);
  });

  it('is the same for the same seed, and equal after saving and loading', async () => {
    const [first, second] = [LsaEncoder.fit(texts, { seed: 4 }), LsaEncoder.fit(texts, { seed: 4 })];
    await first.save(directory);
    const loaded = await LsaEncoder.load(directory);
    const expected = await first.embed(texts, { role: 'query' });
    expect(await second.embed(texts)).toEqual(expected);
    expect(await loaded.embed(texts)).toEqual(expected);
    expect(loaded.singularValues).toEqual(first.singularValues);
    expect(loaded.name).toBe(first.name);
  });

  it('tells how far the fit is, up to the last pass', () => {
    const seen: [number, number][] = [];
    LsaEncoder.fit(texts, { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual(seen.map((_, i) => [i + 1, seen.length]));
    expect(seen.length).toBeGreaterThan(1);
  });

  it('refuses texts that share no term, and useless dimensions', () => {
    expect(() => LsaEncoder.fit(['a', 'b'])).toThrow('none of 2 texts has one that occurs in 2 of them');
    expect(() => LsaEncoder.fit([])).toThrow(RangeError);
    expect(() => LsaEncoder.fit(texts, { dimensions: 0 })).toThrow(
      'dimensions must be a whole number of at least 1',
    );
  });

  it('names the file that is not its own', async () => {
    const other = await mkdtemp(join(tmpdir(), 'lsa-'));
    try {
      await expect(LsaEncoder.load(other)).rejects.toThrow(join(other, 'config.json'));
      await writeFile(join(other, 'config.json'), '{"kind":"bert"}');
      await expect(LsaEncoder.load(other)).rejects.toThrow('kind must be "lsa", found "bert"');
    } finally {
      await rm(other, { recursive: true });
    }
  });
});
