import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexModel } from '../commands/search-place.js';
import { type StudentOptions, startingEncoder } from '../models/starting-encoder.js';
import { modelFromHere } from '../options/from-here.js';
import { studentOf, trainingDefaults } from '../options/training-options.js';
import { indexFolders } from '../search/index-folders.js';
import { openSearchIndex } from '../search/search-index.js';
import { sourceFolders } from '../search/source-folders.js';
import { generalModelFolder } from '../store/general-model.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-general-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the general model', () => {
  let encoder: SubtokenBagEncoder;
  beforeAll(async () => {
    await selectBackend('cpu');
    encoder = await SubtokenBagEncoder.load(generalModelFolder());
  });
  afterAll(() => encoder.dispose());

  it('goes by the name of general wherever a model is asked for', () => {
    expect(modelFromHere('general')).toBe(generalModelFolder());
  });

  it('is what an index is made with where no model is named', () => {
    expect(indexModel(null)).toBe(generalModelFolder());
    expect(indexModel('none')).toBeNull();
    expect(indexModel('/models/own')).toBe('/models/own');
  });

  it('takes at most 20 MB', () => {
    const folder = generalModelFolder();
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20e6);
  });

  it('finds code that says the same in other words', async () => {
    const codes = [
      'def erase_folder(path):\n    shutil.rmtree(path)',
      'def draw_picture(canvas):\n    canvas.paint(image)',
      'def average(values):\n    return sum(values) / len(values)',
    ];
    const questions = ['how to delete a directory', 'render an image', 'mean of numbers'];
    const documents = await encodeTexts(encoder, codes, 'document');
    const asked = await encodeTexts(encoder, questions, 'query');
    const { columns } = documents;
    questions.forEach((question, q) => {
      const scores = codes.map((_, d) => {
        let sum = 0;
        for (let i = 0; i < columns; i++)
          sum += asked.data[q * columns + i]! * documents.data[d * columns + i]!;
        return sum;
      });
      expect(scores.indexOf(Math.max(...scores)), question).toBe(q);
    });
  });

  it('makes a folder searchable without a network', async () => {
    const root = join(scratch, 'app');
    mkdirSync(root, { recursive: true });
    writeFileSync(
      join(root, 'files.py'),
      'def erase_folder(path):\n    rmtree(path)\n\n\ndef spell(word):\n    return check(word)\n',
    );
    const out = join(scratch, 'index');
    const { manifest } = await indexFolders(sourceFolders([root]), {
      out,
      model: generalModelFolder(),
      includeTests: false,
      exclude: [],
      maxFileBytes: 1 << 20,
    });
    expect(manifest.dimensions).toBe(encoder.dimensions);
    const index = await openSearchIndex(out);
    const [first] = await index.search('delete a directory', { top: 1 });
    expect(first?.fn.qualifiedName).toBe('erase_folder');
    await index.close();
  });

  it('is where a training may start', async () => {
    const options = {
      out: join(scratch, 'run'),
      dimensions: 16,
      training: { ...trainingDefaults, encoder: modelFromHere('general') },
      models: { engine: 'tfjs' },
    } as unknown as StudentOptions;
    expect(studentOf(options.training)).toBe('bag');
    const started = await startingEncoder({ queries: ['a'], documents: ['b'] }, options, 5);
    expect((started as SubtokenBagEncoder).vocabulary.terms).toEqual(encoder.vocabulary.terms);
    started.dispose();
  });
});
