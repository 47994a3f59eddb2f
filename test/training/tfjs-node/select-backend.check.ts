import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const [major] = process.versions.node.split('.').map(Number) as [number];

/** A project that has tfjs-node installed, and our source in it. */
describe(`selectBackend with the real tfjs-node on Node ${process.versions.node}`, () => {
  let project = '';
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'oasis-embed-tfjs-node-'));
    await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    await mkdir(join(project, 'training'));
    for (const name of ['backends.ts', 'installed-packages.ts', 'node-helpers.ts']) {
      await cp(join(root, 'src/training', name), join(project, 'training', name));
    }
    await symlink(join(process.env.OASIS_TFJS_NODE!, 'node_modules'), join(project, 'node_modules'));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  const run = async (code: string): Promise<string> => {
    await writeFile(join(project, 'main.ts'), code);
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, 'main.ts'], {
      cwd: project,
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    });
    return stdout;
  };

  it('gathers and differentiates, and says what it put back', async () => {
    const printed = await run(`
      import * as tf from '@tensorflow/tfjs';
      import { selectBackend } from './training/backends.ts';
      const { name, summary } = await selectBackend('tfjs-node');
      const again = await selectBackend('tfjs-node');
      const x = tf.tensor1d([1, 2, 3]);
      const gradient = tf.grad((v) => tf.sum(tf.square(tf.gather(v, tf.tensor1d([2, 0], 'int32')))))(x);
      console.log(JSON.stringify({ name, summary, same: again.summary === summary, gradient: [...(await gradient.data())] }));
    `);
    const { name, summary, same, gradient } = JSON.parse(printed.trim().split('\n').at(-1)!);
    expect(name).toBe('tensorflow');
    expect(gradient).toEqual([2, 0, 6]);
    expect(same).toBe(true);
    if (major < 23) expect(summary).toBe('tensorflow (tfjs-node)');
    else {
      expect(summary).toMatch(
        /^tensorflow \(tfjs-node\); node:util has isNullOrUndefined and \d+ more again, which Node [\d.]+ lacks$/,
      );
    }
  });

  it.runIf(major >= 23)('is needed: without it the first gather fails', async () => {
    const printed = await run(`
      import * as tf from '@tensorflow/tfjs-node';
      try {
        tf.default.gather(tf.default.tensor1d([1, 2]), tf.default.tensor1d([0], 'int32'));
        console.log('works');
      } catch (error) {
        console.log(error.message);
      }
    `);
    expect(printed).toMatch(/isNullOrUndefined\)? is not a function/);
  });
});
