/** Types come from TensorFlow.js's core, which is there with the whole package and without it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!/\.d\.c?ts$/.test(path)) continue;
  const file = join('dist', path);
  const types = readFileSync(file, 'utf8');
  const changed = types.replaceAll(/(['"])@tensorflow\/tfjs\1/g, '$1@tensorflow/tfjs-core$1');
  // The examples in comments import the whole package, as programs do.
  if (changed !== types) writeFileSync(file, restoreComments(types, changed));
}

function restoreComments(types, changed) {
  const lines = types.split('\n');
  return changed
    .split('\n')
    .map((line, i) => (/^\s*\*/.test(line) ? lines[i] : line))
    .join('\n');
}
