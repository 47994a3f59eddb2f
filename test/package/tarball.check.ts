import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ENTRY_LIMITS, FUNCTION_LIMITS } from './bundle-sizes.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  exports: Record<string, unknown>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};
const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json');

const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const scratch = mkdtempSync(join(tmpdir(), 'oasis-embed-package-'));
const tarball = inject('oasisEmbed');

const install = (name: string, packages: readonly string[]): string => {
  const project = join(scratch, name);
  execFileSync('mkdir', ['-p', project]);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, version: '1.0.0', private: true }));
  npm(['install', '--no-audit', '--no-fund', tarball, ...packages], project);
  return project;
};

const load = (project: string, subpath: string, form: 'import' | 'require') => {
  const name = `oasis-embed${subpath.slice(1)}`;
  const code =
    form === 'import'
      ? `const face = await import('${name}'); console.log(Object.keys(face).length)`
      : `const face = require('${name}'); console.log(Object.keys(face).length)`;
  return spawnSync(
    process.execPath,
    [`--input-type=${form === 'import' ? 'module' : 'commonjs'}`, '--eval', code],
    { cwd: project, encoding: 'utf8' },
  );
};

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the packed tarball', () => {
  it('is clean for publint', () => {
    const run = spawnSync('npx', ['publint', '--strict', tarball], { cwd: root, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toMatch(/All good!/);
  });

  it('has types that resolve everywhere (attw)', () => {
    const run = spawnSync('npx', ['attw', '--profile', 'node16', tarball], { cwd: root, encoding: 'utf8' });
    // Its exit status counts the problems left after the profile; node10 knows no subpath exports at all.
    expect(run.status, run.stdout).toBe(0);
    expect(run.stdout).toContain(`oasis-embed v${manifest.version}`);
  });

  describe('before it is packed', () => {
    const check = () =>
      spawnSync(process.execPath, [join(root, '.ci/check-package.mjs')], {
        cwd: join(scratch, 'package'),
        encoding: 'utf8',
      });
    it.each([
      ['a file that an entry names', 'dist/losses/index.cjs', 'dist/losses/index.cjs'],
      ['a file that a thread runs', 'dist/ast/join-worker.js', 'join-worker.js'],
      ['the build', 'dist', './dist/index.js'],
    ])('must have %s', (_, path, missing) => {
      rmSync(join(scratch, 'package'), { recursive: true, force: true });
      execFileSync('tar', ['-xzf', tarball, '-C', scratch]);
      expect(check()).toMatchObject({ status: 0, stderr: '' });
      rmSync(join(scratch, 'package', path), { recursive: true });
      const run = check();
      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(/^error: oasis-embed is not whole, and is not packed:\n/);
      expect(run.stderr).toContain(`${missing} is missing`);
    });
  });

  describe('in an empty project without TensorFlow.js and tree-sitter', () => {
    let project = '';
    beforeAll(() => {
      project = install('bare', []);
    });
    it.each(subpaths.flatMap((path) => [[path, 'import'] as const, [path, 'require'] as const]))(
      '%s loads by %s in silence',
      (path, form) => {
        const run = load(project, path, form);
        expect(run.stderr).toBe('');
        expect(Number(run.stdout)).toBeGreaterThan(0);
      },
    );
    it.each(['import', 'require'])('ranks in worker threads, loaded by %s', (form) => {
      const face =
        form === 'import' ? "await import('oasis-embed/metrics')" : "require('oasis-embed/metrics')";
      const code = `(async () => {
        const { relevantRanks, relevantRanksInThreads } = ${face};
        const matrix = (rows) => ({
          rows, columns: 16, data: Float32Array.from({ length: rows * 16 }, (_, i) => Math.sin(i * i)),
        });
        const relevance = Array.from({ length: 200 }, (_, i) => i);
        const expected = relevantRanks(matrix(200), matrix(300), relevance, { scoring: 'portable' });
        const found = await relevantRanksInThreads(matrix(200), matrix(300), relevance, { threads: 2 });
        console.log(expected.ranks.join() === found.ranks.join());
      })()`;
      const type = form === 'import' ? 'module' : 'commonjs';
      const run = spawnSync(process.execPath, [`--input-type=${type}`, '--eval', code], {
        cwd: project,
        encoding: 'utf8',
      });
      // A missing worker file would warn.
      expect([run.stderr, run.stdout.trim()]).toEqual(['', 'true']);
    });
    it.each(['import', 'require'] as const)('the root works but for what needs tensors, by %s', (form) => {
      const face = form === 'import' ? "await import('oasis-embed')" : "require('oasis-embed')";
      const code = `(async () => {
        const { fitGaussianMixture, cosentLoss } = ${face};
        console.log(typeof fitGaussianMixture([0.1, 0.12, 0.13, 0.8, 0.82, 0.85]));
        try { cosentLoss([1], [1]); } catch (error) { console.log(error.message); }
      })();`;
      const run = spawnSync(
        process.execPath,
        [`--input-type=${form === 'import' ? 'module' : 'commonjs'}`, '--eval', code],
        { cwd: project, encoding: 'utf8' },
      );
      expect([run.stdout.trim().split('\n'), run.stderr]).toEqual([
        [
          'object',
          '@tensorflow/tfjs is not installed: npm install @tensorflow/tfjs (oasis-embed/losses/host does without)',
        ],
        '',
      ]);
    });
  });

  describe('in an empty project with TensorFlow.js', () => {
    let project = '';
    beforeAll(() => {
      project = install('full', [`@tensorflow/tfjs@${manifest.devDependencies['@tensorflow/tfjs']}`]);
    });
    it.each(subpaths.flatMap((path) => [[path, 'import'] as const, [path, 'require'] as const]))(
      '%s loads by %s in silence',
      (path, form) => {
        const run = load(project, path, form);
        expect(run.stderr).toBe('');
        expect(Number(run.stdout)).toBeGreaterThan(0);
      },
    );
    const bundledSize = async (contents: string, platform: 'node' | 'browser' = 'node'): Promise<number> => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: project },
        external: Object.keys(manifest.peerDependencies),
        bundle: true,
        minify: true,
        format: 'esm',
        platform,
        write: false,
      });
      return outputFiles[0]!.contents.length / 1000;
    };
    it.each(subpaths)('%s stays within its size', async (path) => {
      const size = await bundledSize(`export * from 'oasis-embed${path.slice(1)}'`);
      expect(size).toBeLessThanOrEqual(ENTRY_LIMITS[path]!);
    });
    it.each(FUNCTION_LIMITS)('%s alone is shaken out of the root and of ./%s', async (name, room, limit) => {
      for (const entry of ['oasis-embed', `oasis-embed/${room}`]) {
        expect(await bundledSize(`export { ${name} } from '${entry}'`)).toBeLessThanOrEqual(limit);
      }
    });
    it.each(['oasis-embed', 'oasis-embed/losses'])(
      'cosentLoss out of %s weighs 8 kB in a page',
      async (entry) => {
        expect(await bundledSize(`export { cosentLoss } from '${entry}'`, 'browser')).toBeLessThanOrEqual(8);
      },
    );
    it.each(['import', 'require'] as const)('the root loads TensorFlow.js when it is used, by %s', (form) => {
      const face = form === 'import' ? "await import('oasis-embed')" : "require('oasis-embed')";
      const code = `(async () => {
        const { createRequire } = await import('node:module');
        const { cache } = createRequire(process.cwd() + '/');
        const loaded = () => Object.keys(cache).filter((path) => path.includes('@tensorflow')).length;
        const { cosentLoss, learnableTemperature } = ${face};
        const before = loaded();
        const temperature = learnableTemperature();
        console.log(before, loaded() > 0, cosentLoss(temperature.value().reshape([1]), [1]).dataSync()[0]);
      })();`;
      const type = form === 'import' ? 'module' : 'commonjs';
      const run = spawnSync(process.execPath, [`--input-type=${type}`, '--eval', code], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(run.stdout.trim().split('\n').at(-1), run.stderr).toBe('0 true 0');
    });
    it('trains a step with cosentLoss', () => {
      const code = `
        import * as tf from '@tensorflow/tfjs';
        import { cosentLoss } from 'oasis-embed';
        const scores = tf.variable(tf.tensor1d([0.9, 0.1, 0.5]));
        const { value, grads } = tf.variableGrads(() => cosentLoss(scores, [0.1, 0.9, 0.5]));
        const gradient = Object.values(grads)[0];
        console.log(value.arraySync() > 1 && gradient.arraySync().every(Number.isFinite));
      `;
      const run = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(run.stdout.trim().split('\n').at(-1)).toBe('true');
    });
  });

  describe('in an empty project with one grammar', () => {
    let project = '';
    beforeAll(() => {
      const peers = ['web-tree-sitter', 'tree-sitter-javascript'];
      project = install(
        'grammar',
        peers.map((name) => `${name}@${manifest.devDependencies[name]}`),
      );
      execFileSync('mkdir', ['-p', join(project, 'code')]);
      writeFileSync(join(project, 'code/a.js'), 'function one() { two(); }\nfunction two() {}\n');
      writeFileSync(join(project, 'code/b.js'), 'export const three = () => 3;\n');
    });
    // Flags of V8 may not be listed for a worker: it inherits them.
    const flags = ['--max-old-space-size=900', '--expose-gc', '--no-deprecation'];
    it.each([
      ['import', []],
      ['require', []],
      ['require', flags],
    ] as const)('worker threads read a repository, by %s with the flags %j', (form, flags) => {
      const face = form === 'import' ? "await import('oasis-embed/corpus')" : "require('oasis-embed/corpus')";
      const code = `(async () => {
        const { analyzeRepository } = ${face};
        const two = await analyzeRepository('code', { workers: 2 });
        const one = await analyzeRepository('code');
        console.log(two.functions.length, two.calls.length, JSON.stringify(two) === JSON.stringify(one));
      })();`;
      const type = flags.length > 0 ? [] : [`--input-type=${form === 'import' ? 'module' : 'commonjs'}`];
      const run = spawnSync(process.execPath, [...flags, ...type, '--eval', code], {
        cwd: project,
        encoding: 'utf8',
      });
      expect(run.stderr).toBe('');
      expect(run.stdout.trim()).toBe('3 1 true');
    });
  });
});
