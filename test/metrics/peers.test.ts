import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { comparePeers, type PeerCase } from './peers.js';

const golden = readFileSync(new URL('golden/peers.golden.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as PeerCase);

test('agrees with beir, pytrec_eval, ir_measures, gdeval and ranx on random runs, ties and odd queries included', () => {
  expect(golden).toHaveLength(40);
  const compared = golden.reduce((sum, one) => sum + comparePeers(one), 0);
  expect(compared).toBeGreaterThan(5000);
});
