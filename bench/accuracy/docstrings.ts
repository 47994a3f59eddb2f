/**
 * Docstrings of Python against what Python itself takes for them, `ast.get_docstring`.
 *
 *   npx tsx bench/accuracy/docstrings.ts [--verbose] [--python PYTHON] FOLDER…
 *
 * Functions are told by their file and first line. The normalization that both sides share is that of
 * `inspect.cleandoc`, with blanks at the ends of lines and of the text left out; a docstring of blanks alone counts as none.
 */
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { analyzeRepository } from '../../src/corpus/index.js';

const READER = `
import ast, json, sys
from pathlib import Path

root = Path(sys.argv[1])
found = []
for path in json.load(sys.stdin):
    try:
        tree = ast.parse((root / path).read_bytes())
    except (SyntaxError, ValueError):
        continue
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found.append([path, node.name, line, node.lineno, ast.get_docstring(node)])
json.dump(found, sys.stdout)
`;

type Truth = readonly [path: string, name: string, first: number, line: number, doc: string | null];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});

for (const given of positionals) {
  const root = realpathSync(given);
  const { paths, functions } = await analyzeRepository(root, { languages: ['python'], gitignore: false });
  const text = execFileSync(values.python, ['-W', 'ignore', '-c', READER, root], {
    input: JSON.stringify(paths),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const ours = new Map<string, (typeof functions)[number]>();
  for (const found of functions) ours.set(`${found.path} ${found.name} ${found.startLine}`, found);
  let [all, documented, equal, missing] = [0, 0, 0, 0];
  for (const [path, name, first, line, doc] of JSON.parse(text) as Truth[]) {
    all++;
    const found = ours.get(`${path} ${name} ${first}`) ?? ours.get(`${path} ${name} ${line}`);
    const expected = doc?.replace(/[ \t]+$/gm, '').trim() || null;
    if (expected !== null) documented++;
    // A comment above stands in for a docstring that is not there.
    const own = found?.docKind === 'docstring' ? found.doc : null;
    if (found === undefined) missing++;
    else if (own === expected) equal++;
    if (values.verbose && (found === undefined || own !== expected))
      console.log(
        `${path}:${line} ${name}\n  Python ${JSON.stringify(expected)}\n  found  ${JSON.stringify(own)}`,
      );
  }
  console.log(
    `${basename(root)}: ${all} functions, ${missing} not found, ${documented} with a docstring; of those found ${equal} of ${all - missing} equal`,
  );
}
