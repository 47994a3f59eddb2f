import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { printStatus, readRunStages } from '../pipeline/run-status.js';
import { writeSealedJson } from '../store/sealed-json.js';

const roots: string[] = [];
const newRun = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'oasis-status-'));
  roots.push(root);
  mkdirSync(join(root, 'stages'));
  return root;
};
const mark = (root: string, stage: string, summary: object = {}) =>
  writeSealedJson(join(root, 'stages', `${stage}.json`), { stage, key: 'k', seconds: 2, summary, files: [] });

afterEach(() => {
  vi.restoreAllMocks();
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('oasis-full status', () => {
  it('lists every stage in its order, done or not, and those that were asked for', async () => {
    const root = newRun();
    for (const stage of ['corpus', 'ablation', 'annotation']) await mark(root, stage);
    writeFileSync(join(root, 'stages', 'refinement.json'), '{"stage":"refinement"}');
    expect(readRunStages(root).stages.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      'corpus done',
      'annotation done',
      'refinement damaged',
      'training to do',
      'evaluation to do',
      'ablation done',
      'index to do',
      'report to do',
    ]);
  });

  it('says what the search leaves out, and why', async () => {
    const root = newRun();
    await mark(root, 'index', { leftOut: { generated: 2, test: 30 } });
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    printStatus(root, false);
    const text = said.mock.calls.flat().join('\n');
    expect(text).toMatch(/Not in the search:\n {2}30 test \(.*--include-tests.*\)\n {2}2 generated \(.*\)/);
  });
});
