/** Runs the Python blocks of the guides: OASIS_PYTHON names a Python with sentence-transformers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks, pages, readPage } from './pages.js';

const folder = mkdtempSync(join(tmpdir(), 'guides-'));
const blocks = pages.flatMap((page) =>
  codeBlocks(readPage(page))
    .filter(({ language }) => language === 'python')
    .map((block) => ({ ...block, page })),
);

// What the blocks take for granted: a run with a trained model.
beforeAll(() =>
  TransformerEncoder.random({ texts: ['sort a list', 'open a file'], hiddenSize: 32 }).save(
    join(folder, 'runs/mine/model'),
  ),
);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the Python blocks of the guides', () => {
  it('are there', () => expect(blocks.length).toBeGreaterThan(0));

  it.each(blocks)('run: $page:$line', ({ code }) => {
    const env = { ...process.env, HF_HUB_OFFLINE: '1' };
    const printed = execFileSync(process.env.OASIS_PYTHON ?? 'python3', ['-c', code], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect(printed).toContain('tensor');
  });
});
