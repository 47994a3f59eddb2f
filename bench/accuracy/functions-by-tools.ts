/**
 * Recall and precision of the functions found in Rust, C++, Kotlin, Swift and Scala against tools that read these
 * languages in ways of their own: Universal Ctags (Rust, C++, Kotlin), lizard (all five) and Scalameta's parser (Scala).
 *
 *   pip install lizard==1.24.3; npm install --no-save scalameta-parsers@4.14.2
 *   npx tsx bench/accuracy/functions-by-tools.ts [--verbose] [--python PYTHON] LANGUAGE FOLDER…
 *
 * A function that a tool names is found if one of ours bears the name and holds the line that the tool gives. Left out are
 * lambdas, which bear no name, and declarations without a body, which are no functions here. An accessor (`get`, `set`) bears the
 * name of its property here, and a function that a macro such as `TEST(suite, name)` defines the name in its arguments.
 * A function of ours is confirmed if any tool names it. Files in which the grammar finds errors are counted by themselves too.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { analyzeRepository } from '../../src/corpus/index.js';
import type { LanguageId } from '../../src/syntax/index.js';

interface Named {
  readonly path: string;
  readonly name: string;
  readonly line: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});
const [language, ...folders] = positionals;
const LIMITS = { maxBuffer: 2 ** 30, encoding: 'utf8' } as const;

const CTAGS: Readonly<Record<string, { readonly name: string; readonly kinds: string }>> = {
  rust: { name: 'Rust', kinds: 'fP' },
  cpp: { name: 'C++', kinds: 'f' },
  kotlin: { name: 'Kotlin', kinds: 'm' },
};

const byCtags = (root: string, paths: readonly string[]): Named[] => {
  const { name, kinds } = CTAGS[language!]!;
  const settings = [`--language-force=${name}`, `--kinds-${name}=${kinds}`, '--output-format=json'];
  const text = execFileSync('ctags', [...settings, '--fields=+n', '-f', '-', '-L', '-'], {
    ...LIMITS,
    cwd: root,
    input: paths.join('\n'),
  });
  return text
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as Named);
};

const byLizard = (root: string, paths: readonly string[]): Named[] => {
  const text = execFileSync(values.python, ['-m', 'lizard', '--csv', '-l', language!, root], LIMITS);
  const known = new Set(paths);
  return text.split('\n').flatMap((row) => {
    // …,"name@first-last@path","path","name","name and parameters",first,last
    const cells = /"([^"]*)@(\d+)-\d+@([^"]*)"/.exec(row);
    if (cells === null) return [];
    const path = relative(root, cells[3]!);
    const name = cells[1]!.split('::').at(-1)!.trim();
    return known.has(path) ? [{ path, name, line: Number(cells[2]) }] : [];
  });
};

interface ScalaTree {
  readonly type: string;
  readonly pos: { readonly start: number };
  readonly name?: { readonly value: string; readonly pos: { readonly start: number } };
}

const byScalameta = (root: string, paths: readonly string[]): Named[] => {
  const { parseSource } = createRequire(resolve(process.env.SCALAMETA ?? 'package.json'))(
    'scalameta-parsers',
  );
  return paths.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const found: Named[] = [];
    const visit = (tree: unknown): void => {
      if (typeof tree !== 'object' || tree === null) return;
      const { type, name, pos } = tree as ScalaTree;
      if (type === 'Defn.Def' && name !== undefined) {
        const at = name.pos?.start ?? pos.start;
        found.push({ path, name: name.value, line: text.slice(0, at).split('\n').length });
      }
      for (const child of Object.values(tree)) visit(child);
    };
    visit(parseSource(text));
    return found;
  });
};

const tools = {
  ...(language! in CTAGS ? { ctags: byCtags } : {}),
  ...(language === 'scala' ? { scalameta: byScalameta } : {}),
  lizard: byLizard,
};

/** Whether a body follows the head that begins on a line: what follows its brackets is a brace or `=`. */
const hasBody = (lines: readonly string[], { name, line }: Named): boolean => {
  const text = lines.slice(line - 1, line + 40).join('\n');
  let depth = 0;
  for (let at = Math.max(0, text.indexOf(name)); at < text.length; at++) {
    const char = text[at]!;
    if ('([<'.includes(char)) depth++;
    else if (')]'.includes(char) || (char === '>' && text[at - 1] !== '-' && text[at - 1] !== '=')) depth--;
    else if (depth > 0) continue;
    else if (char === '{' || char === '=') return true;
    else if (char === ';' || char === '}') return false;
    // Kotlin has no mark at the end, but begins what follows with a word or a comment.
    else if (language === 'kotlin' && char === '\n' && !/^\s*[{=:.]/.test(text.slice(at + 1))) return false;
  }
  return false;
};

/** Without blanks that only some tools write: `operator << `. */
const compact = (name: string): string => name.replace(/\s+/g, '');

const NAMELESS = /^(<lambda>|\(anonymous\)|__anon.*|)$/;
/** Names of accessors, and of macros that define functions. */
const OTHERWISE_NAMED = /^(get|set|willSet|didSet|_modify|_read|[A-Z][A-Z0-9_]+)$/;

const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(2)}% (${part} of ${all})`;

for (const given of folders) {
  const root = realpathSync(given);
  const analysis = await analyzeRepository(root, { languages: [language as LanguageId] });
  const damaged = new Set(analysis.filesWithErrors);
  const { paths, functions } = analysis;
  const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8').split('\n')]));
  const ours = new Map<string, (Named & { readonly last: number; confirmed: boolean })[]>();
  for (const { path, name, startLine, endLine } of functions) {
    const list = ours.get(path) ?? [];
    ours.set(path, list);
    list.push({ path, name, line: startLine, last: endLine, confirmed: false });
  }
  console.log(
    `${basename(root)}: ${paths.length} files, ${damaged.size} with errors, ${functions.length} functions`,
  );
  const missed = new Map<string, { readonly where: Named; readonly by: string[] }>();
  for (const [tool, find] of Object.entries(tools)) {
    const named = find(root, paths).filter((one) => {
      if (NAMELESS.test(one.name)) return false;
      const lines = texts.get(one.path)!;
      // Parameters of lambdas are methods to ctags.
      if (tool === 'ctags' && language === 'kotlin' && !/\bfun\b/.test(lines[one.line - 1]!)) return false;
      return !['rust', 'kotlin'].includes(language!) || hasBody(lines, one);
    });
    const found = [0, 0];
    const all = [0, 0];
    for (const one of named) {
      const { path, name, line } = one;
      const side = damaged.has(path) ? 1 : 0;
      all[side]!++;
      const match = ours
        .get(path)
        ?.filter((own) => own.line <= line + 1 && own.last >= line)
        .filter(
          (own) =>
            compact(own.name) === compact(name) || (OTHERWISE_NAMED.test(name) && own.line >= line - 2),
        )
        .at(-1);
      if (match !== undefined) {
        match.confirmed = true;
        found[side]!++;
        continue;
      }
      const key = `${path} ${name} ${line}`;
      const known = missed.get(key) ?? { where: one, by: [] };
      known.by.push(tool);
      missed.set(key, known);
    }
    console.log(
      `  ${tool}: found ${percent(found[0]!, all[0]!)}; in files with errors ${percent(found[1]!, all[1]!)}`,
    );
  }
  const all = [...ours.values()].flat();
  const confirmed = all.filter((own) => own.confirmed);
  console.log(`  confirmed by any: ${percent(confirmed.length, all.length)}`);
  const show = (label: string, { path, name, line }: Named) => {
    const text = readFileSync(join(root, path), 'utf8').split('\n')[line - 1] ?? '';
    console.log(`  ${label} ${path}:${line} ${name} | ${text.trim().slice(0, 110)}`);
  };
  if (!values.verbose) continue;
  for (const { where, by } of missed.values())
    show(`missed${damaged.has(where.path) ? ' among errors' : ''} (${by.join(', ')})`, where);
  for (const own of all) if (!own.confirmed) show('only ours', own);
}
