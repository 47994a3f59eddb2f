/**
 * Summaries of docs as a person judges them.
 *
 *   npx tsx bench/accuracy/summaries.ts draw LANGUAGE NAME@VERSION=FOLDER…    draws 50 documented functions, prints docs and summaries
 *   npx tsx bench/accuracy/summaries.ts check LANGUAGE NAME@VERSION=FOLDER…   the share judged right, and what reads otherwise by now
 *
 * With --held-out the same of another sample, from sources that no rule was made by, without bare comments.
 *
 * Judgments stand in summaries/LANGUAGE.tsv (held-out/LANGUAGE.tsv), a row per function: source, path, line, name, a hash of the summary that was
 * judged, `right` or `wrong`, and why. A summary is right if a reader of the doc would give it as what the function does: all of
 * the first sentence or paragraph, nothing cut from it, no markup, no text of another section. It is wrong as well where the doc
 * says what the function does and there is none. An empty one is right where the doc says nothing of the kind.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { analyzeRepository, type CodeFunction } from '../../src/corpus/index.js';
import { createRandom, shuffleInPlace } from '../../src/numerics/index.js';
import type { LanguageId } from '../../src/syntax/index.js';

const DRAWN = 50;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'held-out': { type: 'boolean', default: false } },
});
const [command, language, ...sources] = positionals;
if (!['draw', 'check'].includes(command ?? '') || language === undefined || sources.length === 0)
  throw new Error('expected draw or check, a language, and NAME@VERSION=FOLDER…');
const heldOut = values['held-out'];
const file = new URL(`summaries/${heldOut ? 'held-out/' : ''}${language}.tsv`, import.meta.url).pathname;

interface Documented {
  readonly source: string;
  readonly found: CodeFunction;
}
const documented: Documented[] = [];
for (const each of sources) {
  const [source, folder] = each.split('=') as [string, string];
  const { functions } = await analyzeRepository(folder, { languages: [language as LanguageId] });
  for (const found of functions)
    if (found.doc !== null && !(heldOut && found.docKind === 'comment')) documented.push({ source, found });
}

const hashOf = ({ summary }: CodeFunction): string =>
  createHash('sha256')
    .update(summary ?? '')
    .digest('hex')
    .slice(0, 8);
const keyOf = ({ source, found }: Documented): string =>
  [source, found.path, found.startLine, found.qualifiedName].join('\t');

if (command === 'draw') {
  if (existsSync(file)) throw new Error(`${file} is there already`);
  const order = shuffleInPlace(Uint32Array.from(documented.keys()), createRandom(1, 'summaries'));
  const rows = [...order.subarray(0, DRAWN)].map((at) => documented[at]!);
  writeFileSync(file, rows.map((row) => `${keyOf(row)}\t${hashOf(row.found)}\t\t\n`).join(''));
  rows.forEach((row, i) => {
    console.log(
      `\n=== ${i + 1}: ${row.found.qualifiedName} (${row.source}, ${row.found.path}:${row.found.startLine})`,
    );
    console.log(row.found.doc);
    console.log(`--- ${row.found.summary ?? '(none)'}`);
  });
} else {
  const known = new Map(documented.map((row) => [keyOf(row), row]));
  /** Right ones and all, of docs proper and of bare comments. */
  const counts = { docs: [0, 0], comments: [0, 0] };
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [source, path, start, name, hash, verdict, reason = ''] = line.split('\t') as string[];
    if (verdict !== 'right' && verdict !== 'wrong') throw new Error(`${file}: not judged: ${line}`);
    const row = known.get([source, path, start, name].join('\t'));
    if (row === undefined) console.log(`gone: ${path}:${start} ${name}`);
    else if (hashOf(row.found) !== hash) {
      console.log(
        `\nreads otherwise (was ${verdict}): ${path}:${start} ${name}\n${row.found.doc}\n--- ${row.found.summary}`,
      );
    } else {
      const count = row.found.docKind === 'comment' ? counts.comments : counts.docs;
      count[1]!++;
      if (verdict === 'right') count[0]!++;
      else console.log(`wrong: ${path}:${start} ${name} (${row.found.docKind}): ${reason}`);
    }
  }
  console.log(
    `${language}: of docs ${counts.docs.join(' of ')} right, of bare comments ${counts.comments.join(' of ')}`,
  );
}
