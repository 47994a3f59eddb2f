/**
 * Precision and recall of the call graph per language and tier on the fixture repositories of the tests, whose graphs
 * were written by hand.
 *
 *   npx tsx bench/accuracy/corpus-fixtures.ts
 */
import { fileURLToPath } from 'node:url';
import { CALL_TIERS } from '../../src/corpus/calls/call-tiers.js';
import { FIXTURES, measureCalls } from '../../test/corpus/calls/call-accuracy.js';

const percent = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)}%`;
console.log(`| Language | Edges | Precision | Recall | ${CALL_TIERS.join(' | ')} |`);
console.log(`|${'---|'.repeat(4 + CALL_TIERS.length)}`);
for (const language of FIXTURES) {
  const root = fileURLToPath(new URL(`../../test/corpus/fixtures/${language}`, import.meta.url));
  const { edges, precision, recall, byTier } = await measureCalls(root);
  const tiers = CALL_TIERS.map((tier) => {
    const { right = 0, wrong = 0 } = byTier[tier] ?? {};
    return right + wrong === 0 ? '' : `${percent(right, right + wrong)} of ${right + wrong}`;
  });
  console.log(
    `| ${language} | ${edges} | ${percent(precision, 1)} | ${percent(recall, 1)} | ${tiers.join(' | ')} |`,
  );
}
