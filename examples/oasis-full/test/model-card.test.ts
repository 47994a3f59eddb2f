import { describe, expect, it } from 'vitest';
import { modelCard } from '../pipeline/report/model-card.js';

const report = {
  title: 'OASIS on 3 repositories',
  createdAt: '2026-01-01T00:00:00.000Z',
  notes: ['Docstrings are the authors’ own.'],
  command: 'npm run oasis-full -- --repos a b c',
  corpus: {
    repositories: [
      {
        name: 'evil|<b>\n# name',
        license: 'MIT | do as you like',
        split: 'train' as const,
        functions: { javascript: 3, python: 2 },
      },
      { name: 'plain', split: 'test' as const, functions: { javascript: 4 } },
    ],
  },
  training: { encoder: 'static', dimensions: 16, settings: { temperature: 0.1 } },
  evaluation: {
    queries: 12,
    candidates: 15,
    measures: ['MRR@1000'],
    systems: [{ name: 'OASIS', role: 'trained' as const, measures: { 'MRR@1000': { value: 0.5 } } }],
    comparisons: [{ system: 'OASIS', against: 'BM25', measure: 'MRR@1000', difference: 0.1, pValue: 0.0001 }],
  },
};

describe('modelCard', () => {
  const card = modelCard(report, { student: 'static', base: 'owner/model', onnx: false });

  it('has the hub’s front matter, scores, licenses and the command', () => {
    expect(card).toMatch(/^---\npipeline_tag: sentence-similarity\nlibrary_name: sentence-transformers\n/);
    expect(card).toContain('base_model: "owner/model"');
    expect(card).toContain('metrics: [{ type: "MRR@1000", value: 0.5 }]');
    expect(card).toContain('| OASIS | 50.00 |');
    expect(card).toContain('OASIS against BM25: 10.00 points of MRR@1000, p < 0.001.');
    expect(card).toContain('| plain | none found | test | 4 |');
    expect(card).toContain('npm run oasis-full -- --repos a b c');
    expect(card).toContain('StaticModel.from_pretrained("model")');
  });

  it('lets no name of others turn into markup', () => {
    const row = card.split('\n').find((line) => line.startsWith('| evil'))!;
    expect(row).toBe('| evil\\|&lt;b&gt; \\# name | MIT \\| do as you like | train | 5 |');
  });

  it('names only tools that open the model', () => {
    const bag = modelCard(report, { student: 'bag', base: null, onnx: false });
    expect(bag).toContain('library_name: oasis-embed');
    expect(bag).not.toMatch(/sentence_transformers|model2vec|base_model/);
    const encoder = modelCard(report, { student: 'encoder', base: 'b', onnx: true });
    expect(encoder).toMatch(/backend="onnx"/);
    expect(encoder).toContain('transformers.js');
  });
});
