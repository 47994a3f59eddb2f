import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const source = resolve(here, '../src');
const pipeline = resolve(here, '../examples/oasis-full');

/** Folders by floor, lowest first: an import goes down, or stays in its folder. */
const floors: readonly (readonly string[])[] = [
  ['numerics'],
  ['sampling', 'mixture', 'metrics', 'losses', 'syntax', 'hub', 'retrieval'],
  ['ast', 'corpus', 'encoders'],
  ['annotation', 'onnx'],
  ['refinement', 'benchmarks', 'training'],
  ['report'],
];

/** The same for the folders of examples/oasis-full, lowest first: none imports one that stands after it. */
const pipelineFloors: readonly string[] = [
  'terminal',
  'store',
  'options',
  'corpus',
  'models',
  'engine',
  'annotation',
  'refinement',
  'evaluation',
  'search',
  'serve',
  'pipeline',
  'commands',
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  /** Gone after compilation: `import type`, or only types between the braces. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const filesBelow = (root: string, skipped: readonly string[] = []): string[] =>
  readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name);
    if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : filesBelow(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const importsOf = (file: string): Import[] => {
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  for (const match of code.matchAll(/^(?:import|export)\s+(type\s)?([^;'"]*?)from\s+['"]([^'"]+)['"]/gm)) {
    const names = /^\{([\s\S]*)\}\s*$/.exec(match[2]!.trim())?.[1];
    const allTypes = names?.split(',').every((name) => /^\s*(type\s|$)/.test(name)) === true;
    found.push({ file, specifier: match[3]!, typeOnly: match[1] !== undefined || allTypes, dynamic: false });
  }
  for (const match of code.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ file, specifier: match[1]!, typeOnly: false, dynamic: false });
  }
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ file, specifier: match[1]!, typeOnly: false, dynamic: true });
  }
  return found;
};

const imports = filesBelow(source).flatMap(importsOf);
const folderOf = (file: string): string | undefined => {
  const [first, ...rest] = relative(source, file).split(sep);
  return rest.length === 0 ? undefined : first;
};
const floorOf = (folder: string): number => floors.findIndex((floor) => floor.includes(folder));
const resolveImport = ({ file, specifier }: Import): string =>
  resolve(dirname(file), specifier.replace(/\.js$/, '.ts'));

/** An import within one root, as paths below it. */
interface Edge {
  readonly file: string;
  readonly target: string;
}

const edgesBelow = (root: string, found: readonly Import[]): Edge[] =>
  found
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((item) => ({ file: relative(root, item.file), target: relative(root, resolveImport(item)) }));

/** Ways from a file back to itself. */
const cyclesOf = (edges: readonly Edge[]): string[] => {
  const targets = new Map<string, string[]>();
  for (const { file, target } of edges) targets.set(file, [...(targets.get(file) ?? []), target]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    else if (!done.has(file)) for (const next of targets.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
};

/** Packages that loading `folder` pulls in, through every static import of values. */
const packagesLoadedBy = (folder: string): Set<string> => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const item of imports) {
      if (item.file !== file || item.typeOnly || item.dynamic) continue;
      if (item.specifier.startsWith('.')) visit(resolveImport(item));
      else packages.add(item.specifier);
    }
  };
  visit(join(source, folder, 'index.ts'));
  return packages;
};

describe('the floors of src/', () => {
  it('knows every folder', () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).sort()).toEqual(floors.flat().sort());
  });

  it('lets no import go up or sideways', () => {
    const wrong = imports.flatMap((item) => {
      const from = folderOf(item.file);
      if (from === undefined || !item.specifier.startsWith('.')) return [];
      const to = folderOf(resolveImport(item));
      if (to === from || (to !== undefined && floorOf(to) < floorOf(from))) return [];
      return [`${relative(source, item.file)} → ${item.specifier}`];
    });
    expect(wrong).toEqual([]);
  });

  it('lets a folder reach another only through its face', () => {
    const wrong = imports.flatMap((item) => {
      const from = folderOf(item.file);
      if (!item.specifier.startsWith('.')) return [];
      const target = resolveImport(item);
      if (folderOf(target) === from || target.endsWith(`${sep}index.ts`)) return [];
      return [`${relative(source, item.file)} → ${item.specifier}`];
    });
    expect(wrong).toEqual([]);
  });

  it('lets no file import itself by way of others, types included', () => {
    expect(cyclesOf(edgesBelow(source, imports))).toEqual([]);
  });
});

describe('the floors of examples/oasis-full', () => {
  const aside = ['test', 'node_modules', 'dist', 'runs'];
  const own = filesBelow(pipeline, aside).flatMap(importsOf);
  const relatives = edgesBelow(pipeline, own);
  const folder = (path: string) => path.split(sep)[0]!;

  it('holds bin.ts, cli.ts and folders of a known floor', () => {
    const entries = readdirSync(pipeline, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !aside.includes(entry.name));
    expect(folders.map(({ name }) => name).sort()).toEqual([...pipelineFloors].sort());
    const sources = entries.filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.config.ts'));
    expect(sources.map(({ name }) => name)).toEqual(['bin.ts', 'cli.ts']);
  });

  it('lets no import go up', () => {
    const wrong = relatives.filter(
      ({ file, target }) =>
        !['bin.ts', 'cli.ts'].includes(file) &&
        pipelineFloors.indexOf(folder(target)) > pipelineFloors.indexOf(folder(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('lets no file import itself by way of others, types included', () => {
    expect(cyclesOf(relatives)).toEqual([]);
  });

  it('reaches the library through its public entries alone', () => {
    const wrong = own.filter(({ specifier }) => /(^|\/)src\//.test(specifier));
    expect(wrong).toEqual([]);
  });
});

describe('what a subpath loads', () => {
  it.each([
    'ast',
    'mixture',
    'sampling',
    'metrics',
    'corpus',
    'syntax',
    'annotation',
    'refinement',
    'benchmarks',
    'report',
    'onnx',
    'losses/host',
  ])('%s loads no TensorFlow.js', (folder) => {
    expect([...packagesLoadedBy(folder)].filter((name) => name.startsWith('@tensorflow/'))).toEqual([]);
  });

  it.each(floors.flat())('%s loads no tree-sitter', (folder) => {
    // Grammars and parsers are optional peers: even syntax/ imports them only when a parser is asked for.
    expect([...packagesLoadedBy(folder)].filter((name) => name.includes('tree-sitter'))).toEqual([]);
  });
});
