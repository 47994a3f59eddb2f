/**
 * The Code2Code set of independent libraries: functions of the same name in several of them, with names and docs masked.
 *
 *   npm ci --prefix bench/code-to-code
 *   npx tsx bench/code-to-code/make-set.ts --out data/library-code
 *
 * Writes <out>/all.jsonl, independent.jsonl and renamed-clones.jsonl (`index`, `label`, `func`, `library`, `file`) and set.json, which
 * says what they were made of. `oasis-full evaluate --benchmark library-code --data <out>` ranks them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exportedFunctions } from './exported-functions.js';
import { LIBRARIES } from './libraries.js';
import { type LibraryProgram, libraryPrograms } from './library-programs.js';
import { maskProgram } from './mask-program.js';
import { independentPrograms, renamedClones } from './program-sets.js';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: join(here, 'node_modules') },
    out: { type: 'string', default: 'data/library-code' },
  },
});

const read = LIBRARIES.flatMap(({ package: name, entry }) =>
  exportedFunctions(join(values.packages, name, entry)).map((fn) => ({
    label: fn.name,
    library: name,
    file: relative(values.packages, fn.file),
    func: maskProgram(fn),
  })),
);
const programs = libraryPrograms(read);
const independent = await independentPrograms(programs);
const clones = await renamedClones(programs);

mkdirSync(values.out, { recursive: true });
const write = (name: string, rows: readonly LibraryProgram[]) => {
  const lines = rows.map((row, index) => `${JSON.stringify({ index, ...row })}\n`);
  writeFileSync(join(values.out, `${name}.jsonl`), lines.join(''));
  const labels = new Set(rows.map(({ label }) => label)).size;
  console.log(`${name}: ${rows.length} programs, ${labels} labels`);
  return { programs: rows.length, labels };
};
const sets = {
  all: write('all', programs),
  independent: write('independent', independent),
  'renamed-clones': write('renamed-clones', clones),
};
const packages = Object.fromEntries(
  LIBRARIES.map(({ package: name, license }) => {
    const { version } = JSON.parse(readFileSync(join(values.packages, name, 'package.json'), 'utf8'));
    const own = programs.filter(({ library }) => library === name).length;
    return [name, { version, license, programs: own }];
  }),
);
writeFileSync(join(values.out, 'set.json'), `${JSON.stringify({ packages, sets }, null, 2)}\n`);
