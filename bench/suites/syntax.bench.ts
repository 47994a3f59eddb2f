import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bench, describe } from 'vitest';
import { loadLanguage, stripComments, subtokens } from '../../src/syntax/index.js';

const options = { time: 500, iterations: 3, warmupIterations: 1 };
const parser = await loadLanguage('javascript');
// A large file of real code that the example installs: 540 kB.
const lodash = readFileSync(createRequire(import.meta.url).resolve('lodash/lodash.js'), 'utf8');

for (const kilobytes of [50, 500]) {
  // Cut at a line, so that little of it is a syntax error.
  const source = lodash.slice(0, lodash.lastIndexOf('\n', kilobytes * 1000));
  describe(`${kilobytes} kB of JavaScript`, () => {
    bench('parse: withTree', () => void parser.withTree(source, (cursor) => cursor.endIndex), options);
    bench('parse and read into arrays', () => void parser.read(source), options);
    bench('stripComments', () => void stripComments(parser, source), options);
    bench('subtokens', () => void subtokens(source), options);
  });
}
