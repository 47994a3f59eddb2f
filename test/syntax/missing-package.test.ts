import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../src', import.meta.url));
/** The room, and what it imports. */
const rooms = ['syntax', 'numerics'];
const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 };

let root: string;

/** Compiles the sources away from this package's own node_modules. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'oasis-syntax-'));
  const files = await Promise.all(
    rooms.map(async (room) =>
      (await readdir(join(sources, room), { recursive: true })).map((file) => join(room, file)),
    ),
  );
  for (const file of files.flat()) {
    if (!file.endsWith('.ts')) continue;
    const { outputText } = transpileModule(await readFile(join(sources, file), 'utf8'), { compilerOptions });
    const target = join(root, file.replace(/ts$/, 'js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(root, 'load.js'),
    `import { loadLanguage, subtokens } from './syntax/index.js';
     console.log(subtokens('fooBar').join());
     for (const language of process.argv.slice(2))
       console.log(await loadLanguage(language).then(() => language, ({ message }) => message));`,
  );
});

afterAll(() => rm(root, { recursive: true, force: true }));

const load = async (...languages: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['load.js', ...languages], { cwd: root });
  return stdout.trim().split('\n');
};

const install = async (name: string): Promise<void> => {
  const folder = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
  const link = join(root, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  if (!existsSync(link)) await symlink(folder, link, 'junction');
};

describe('a missing package', () => {
  it('is named by loadLanguage, and asked for only there', async () => {
    expect(await load('javascript', 'tsx')).toEqual([
      'foo,bar',
      'parsing javascript needs the package web-tree-sitter: npm install web-tree-sitter',
      'parsing tsx needs the package web-tree-sitter: npm install web-tree-sitter',
    ]);
    await install('web-tree-sitter');
    expect(await load('javascript', 'tsx')).toEqual([
      'foo,bar',
      'parsing javascript needs the package tree-sitter-javascript: npm install tree-sitter-javascript',
      'parsing tsx needs the package tree-sitter-typescript: npm install tree-sitter-typescript',
    ]);
    await install('tree-sitter-javascript');
    expect(await load('javascript', 'tsx')).toEqual([
      'foo,bar',
      'javascript',
      'parsing tsx needs the package tree-sitter-typescript: npm install tree-sitter-typescript',
    ]);
  });

  it('is not missing where a package with the grammars of many languages is there', async () => {
    await install('web-tree-sitter');
    await install('@repomix/tree-sitter-wasms');
    expect(await load('go', 'tsx', 'csharp')).toEqual(['foo,bar', 'go', 'tsx', 'csharp']);
  });
});
