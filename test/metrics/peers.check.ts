import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { comparePeers, type PeerCase } from './peers.js';

/**
 * The peers themselves on thousands of random runs: METRICS_PYTHON names a Python with beir, coir-eval,
 * pytrec-eval-terrier, ir_measures, ranx and cwl-eval, such as `.ci/metric-peers` prints; METRICS_SEED chooses the runs, METRICS_CASES how many.
 */
const python = process.env.METRICS_PYTHON;

test.skipIf(python === undefined)(
  'agrees with its peers on thousands of random runs',
  { timeout: 1_800_000 },
  () => {
    const script = fileURLToPath(new URL('golden/peers.py', import.meta.url));
    const seed = process.env.METRICS_SEED ?? '2';
    const count = process.env.METRICS_CASES ?? '2000';
    const output = execFileSync(python!, [script, count, seed], { encoding: 'utf8', maxBuffer: 2 ** 30 });
    const cases = output.trim().split('\n');
    // trec_eval never ends on a few of them.
    expect(cases.length).toBeGreaterThan(0.99 * Number(count));
    let compared = 0;
    for (const line of cases) compared += comparePeers(JSON.parse(line) as PeerCase);
    console.log(`${compared} values agree`);
  },
);
