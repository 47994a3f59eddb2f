import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BenchRecord } from '../../bench/runner/record.js';
import { RESULTS_PATH, renderResults } from '../../bench/runner/render-results.js';

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = readFileSync(RESULTS_PATH, 'utf8');

/** As GitHub names headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
const anchors = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!)));

const times = { memory: null, difference: 0, agrees: true };
const run: BenchRecord = {
  format: 1,
  date: '2026-01-01',
  commit: 'abc',
  command: 'npm run bench -- --quick',
  machine: { cpu: 'CPU', cores: 2, memoryGiB: 8, system: 's', node: '20', backend: 'wasm', load: [0, 1] },
  works: [
    {
      room: 'losses',
      work: 'cosent',
      title: 'CoSENT',
      basis: 'clock',
      contenders: [
        { name: 'cosentLoss' },
        { name: 'all pairs', package: 'rival 1.0.0' },
        { name: 'Loss', package: 'torch', missing: 'pip install torch' },
      ],
      sizes: [
        {
          label: 'P = 64',
          measured: [
            { ...times, clock: [2, 2, 2], cpu: [2, 2, 2], memory: 3 },
            { ...times, clock: [8, 8, 8], cpu: [8, 8, 8], agrees: false },
            null,
          ],
        },
      ],
    },
  ],
};
const rendered = (sections: string[]) =>
  renderResults({ sections, runs: new Map([['one', run]]), records: new Map() });

describe('renderResults', () => {
  it('puts time, ratio, interval and memory into a cell, and says what differs or is missing', () => {
    const text = rendered(['## Losses\n\n<!-- suite: losses -->']);
    expect(text).toContain('| P = 64 | 2 ms, 3 MiB | 8 ms, 4× (4–4), **another result** |');
    expect(text).toContain('|  | `cosentLoss` | all pairs, rival 1.0.0 |');
    expect(text).toContain('Loss of torch, which is not installed (`pip install torch`)');
  });

  it('refuses sections that leave out what was measured', () => {
    expect(() => rendered(['## Nothing'])).toThrow(
      'no section of bench/results/sections shows the suite losses',
    );
  });

  it('refuses a section that names a record which is not there', () => {
    expect(() => rendered(['<!-- suite: losses -->', '<!-- record: lost -->'])).toThrow('lost.json');
  });
});

describe('bench/RESULTS.md', () => {
  it('is what its sections and figures give: npm run bench -- --results', () => {
    expect(renderResults()).toBe(page);
  });

  it('holds the headings that other pages link to', () => {
    for (const path of ['README.md', 'docs/scaling.md', 'CHANGELOG.md', 'bench/README.md'])
      for (const [, anchor] of readFileSync(repository(path), 'utf8').matchAll(/RESULTS\.md#([\w-]+)/g))
        expect(anchors, path).toContain(anchor);
  });

  it('names only programs and files that are there', () => {
    for (const [, path] of page.matchAll(/\b(bench\/[\w/-]+\.(?:ts|py|json))/g))
      if (!path!.endsWith('NAME.json')) expect(existsSync(repository(path!)), path).toBe(true);
    for (const [, link] of page.matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      expect(existsSync(resolve(dirname(RESULTS_PATH), link!)), link).toBe(true);
  });
});
