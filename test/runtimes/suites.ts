/** Runs the tests of losses and metrics in the runtime that executes this; exits with 1 where one fails. */
import { runTestFiles } from '../support/run-test-files.js';

const outcomes = await runTestFiles({
  'test/losses/arguments.test.ts': () => import('../losses/arguments.test.js'),
  'test/losses/cached-gradients.test.ts': () => import('../losses/cached-gradients.test.js'),
  'test/losses/cosent-loss.test.ts': () => import('../losses/cosent-loss.test.js'),
  'test/losses/extras.test.ts': () => import('../losses/extras.test.js'),
  'test/losses/golden.test.ts': () => import('../losses/golden.test.js'),
  'test/losses/info-nce-loss.test.ts': () => import('../losses/info-nce-loss.test.js'),
  'test/losses/label-order.test.ts': () => import('../losses/label-order.test.js'),
  'test/losses/oasis-loss.test.ts': () => import('../losses/oasis-loss.test.js'),
  'test/metrics/expected-ties.test.ts': () => import('../metrics/expected-ties.test.js'),
  'test/metrics/measure-names.test.ts': () => import('../metrics/measure-names.test.js'),
  'test/metrics/measures.test.ts': () => import('../metrics/measures.test.js'),
  'test/metrics/ranks-over-documents.test.ts': () => import('../metrics/ranks-over-documents.test.js'),
  'test/metrics/relevant-ranks.test.ts': () => import('../metrics/relevant-ranks.test.js'),
  'test/metrics/significance.test.ts': () => import('../metrics/significance.test.js'),
});

const { versions } = process;
const runtime = versions.deno
  ? `Deno ${versions.deno}`
  : versions.bun
    ? `Bun ${versions.bun}`
    : `Node ${versions.node}`;
const failed = outcomes.filter(({ state }) => state === 'fail');
for (const { name, message } of failed) console.error(`FAIL ${name}\n  ${message}`);
console.log(
  `${runtime}: ${outcomes.filter(({ state }) => state === 'pass').length} passed, ${failed.length} failed`,
);
process.exit(failed.length === 0 && outcomes.length > 0 ? 0 : 1);
