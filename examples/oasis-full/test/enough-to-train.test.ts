import { describe, expect, it } from 'vitest';
import { requireEnoughToTrain } from '../pipeline/enough-to-train.js';
import type { CorpusSummary } from '../pipeline/stages/corpus.js';

const corpus = (splits: CorpusSummary['repositories'][number]['splits'], found = 100): CorpusSummary =>
  ({
    repositories: [{ name: 'a', splits }],
    found,
    documented: Object.values(splits).reduce((sum, count) => sum + count, 0),
    splitUnit: 'file',
  }) as unknown as CorpusSummary;

describe('what training needs', () => {
  it('is a documented function on each side, and who lacks one is told so before any training', () => {
    expect(() => requireEnoughToTrain(corpus({ train: 30 }, 64))).toThrow(
      /^too little to train on: 30 of 64 functions .* \(30 train, 0 validation, 0 test\), and no file is divided; .* three files/,
    );
    expect(() => requireEnoughToTrain(corpus({ train: 30, test: 4 }))).toThrow(/oasis-full index FOLDER/);
    expect(() => requireEnoughToTrain(corpus({ test: 30, validation: 4 }))).toThrow(/0 train/);
  });

  it('is much more than a handful, which is said', () => {
    expect(requireEnoughToTrain(corpus({ train: 30, validation: 4, test: 6 }))).toMatch(/30 documented/);
    expect(requireEnoughToTrain(corpus({ train: 200, validation: 4, test: 6 }))).toBeNull();
  });
});
