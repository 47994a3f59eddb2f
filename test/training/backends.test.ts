import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { BACKENDS, type BackendName, type BackendProbe, selectBackend } from '../../src/training/index.js';
import { restoreNodeHelpers } from '../../src/training/node-helpers.js';

const run = promisify(execFile);

/** A machine with some packages, on which some backends fail. */
const probe = (
  installed: readonly string[],
  failing: Partial<Record<BackendName, string>> = {},
  note: string | null = null,
) => {
  const tried: BackendName[] = [];
  const machine: BackendProbe = {
    isInstalled: (name) => installed.includes(name),
    activate: async (name) => {
      tried.push(name);
      if (failing[name] !== undefined) throw new Error(failing[name]);
      return note;
    },
  };
  return { tried, machine };
};

describe('selectBackend', () => {
  it('takes the best that is installed and says how to install the better ones', async () => {
    const { machine, tried } = probe(['@tensorflow/tfjs-backend-wasm']);
    const choice = await selectBackend('auto', machine);
    expect(choice.name).toBe('wasm');
    expect(tried).toEqual(['wasm']);
    expect(choice.passedOver.map(({ name, install }) => [name, install])).toEqual([
      ['tfjs-node-gpu', 'npm install @tensorflow/tfjs-node-gpu'],
      ['webgpu', 'npm install @tensorflow/tfjs-backend-webgpu webgpu'],
      ['tensorflow', 'npm install @tensorflow/tfjs-node'],
    ]);
    expect(choice.summary).toBe(
      'wasm; not tfjs-node-gpu: @tensorflow/tfjs-node-gpu is not installed (npm install @tensorflow/tfjs-node-gpu)' +
        '; not webgpu: @tensorflow/tfjs-backend-webgpu and webgpu are not installed ' +
        '(npm install @tensorflow/tfjs-backend-webgpu webgpu)' +
        '; not tensorflow (tfjs-node): @tensorflow/tfjs-node is not installed (npm install @tensorflow/tfjs-node)',
    );
  });

  it('goes on to the next when one that is installed fails, and says why', async () => {
    const installed = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-backend-wasm'];
    const { machine } = probe(installed, {
      tensorflow: 'libtensorflow is missing\nlong story',
      wasm: 'no simd',
    });
    const choice = await selectBackend('auto', machine);
    expect(choice.name).toBe('cpu');
    expect(choice.passedOver.slice(2)).toEqual([
      { name: 'tensorflow', reason: 'libtensorflow is missing', install: null },
      { name: 'wasm', reason: 'no simd', install: null },
    ]);
  });

  it('follows the order from CUDA to plain JavaScript', async () => {
    const everything = [
      '@tensorflow/tfjs-node-gpu',
      '@tensorflow/tfjs-backend-webgpu',
      'webgpu',
      '@tensorflow/tfjs-node',
      '@tensorflow/tfjs-backend-wasm',
    ];
    const failing = Object.fromEntries(BACKENDS.map((name) => [name, 'out of order']));
    const { machine, tried } = probe(everything, failing);
    await expect(selectBackend('auto', machine)).rejects.toThrow(
      'no backend works: tfjs-node-gpu: out of order',
    );
    expect(tried).toEqual(['tfjs-node-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu']);
  });

  it('does not replace a backend asked for by name', async () => {
    const { machine } = probe([]);
    await expect(selectBackend('wasm', machine)).rejects.toThrow(
      'backend wasm: @tensorflow/tfjs-backend-wasm is not installed; install it with: npm install @tensorflow/tfjs-backend-wasm',
    );
    await expect(selectBackend('metal' as BackendName, machine)).rejects.toThrow(
      'backend must be auto or one of tfjs-node-gpu, webgpu, tensorflow, wasm, cpu (or tfjs-node, which is tensorflow), received metal',
    );
  });

  it('takes tfjs-node for tensorflow, and says so', async () => {
    const { machine, tried } = probe(['@tensorflow/tfjs-node']);
    const choice = await selectBackend('tfjs-node', machine);
    expect(choice).toEqual({ name: 'tensorflow', passedOver: [], summary: 'tensorflow (tfjs-node)' });
    expect(tried).toEqual(['tensorflow']);
    await expect(selectBackend('tfjs-node', probe([]).machine)).rejects.toThrow(
      'backend tensorflow (tfjs-node): @tensorflow/tfjs-node is not installed; ' +
        'install it with: npm install @tensorflow/tfjs-node',
    );
    expect((await selectBackend('auto', machine)).summary).toMatch(
      /^tensorflow \(tfjs-node\); not tfjs-node-gpu: /,
    );
  });

  it('says what had to be done for a backend, behind its name', async () => {
    const { machine } = probe(['@tensorflow/tfjs-node'], {}, 'something was put back');
    expect((await selectBackend('tfjs-node', machine)).summary).toBe(
      'tensorflow (tfjs-node); something was put back',
    );
    expect((await selectBackend('auto', machine)).summary).toMatch(
      /^tensorflow \(tfjs-node\); something was put back; not tfjs-node-gpu: /,
    );
  });

  it('makes the named backend the current one', async () => {
    for (const name of ['cpu', 'wasm', 'cpu'] as const) {
      expect((await selectBackend(name)).name).toBe(name);
      expect(tf.getBackend()).toBe(name);
    }
  });

  it('writes nothing to the console while a backend starts', async () => {
    const source = new URL('../../src/training/backends.ts', import.meta.url).href;
    const script = `
      const { selectBackend } = await import(${JSON.stringify(source)});
      process.stdout.write((await selectBackend('wasm')).summary);
    `;
    const { stdout, stderr } = await run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: new URL('../..', import.meta.url) },
    );
    expect(stdout).toBe('wasm');
    expect(stderr).toBe('');
  });
});

describe('restoreNodeHelpers', () => {
  it('puts back what a newer Node lacks, and nothing else', () => {
    const own = () => true;
    const target: Record<string, unknown> = { isArray: own, inspect: own };
    const names = restoreNodeHelpers(target);
    expect(names[0]).toBe('isNullOrUndefined');
    expect(names).not.toContain('isArray');
    expect(Object.keys(target).length + names.length).toBeGreaterThan(10);
    expect(target).toMatchObject({ isArray: own, inspect: own });
    expect(restoreNodeHelpers(target)).toEqual([]);
  });

  it('the helpers answer as those of Node did', () => {
    const target: Record<string, (value: unknown) => boolean> = {};
    restoreNodeHelpers(target);
    const values = [
      null,
      undefined,
      0,
      '',
      false,
      Symbol('s'),
      {},
      [],
      () => {},
      /x/,
      new Date(),
      new Error('e'),
    ];
    const answers = Object.fromEntries(
      Object.entries(target).map(([name, helper]) => [
        name,
        values.map((value) => (helper(value) ? 1 : 0)).join(''),
      ]),
    );
    // What Node 20.19 answers.
    expect(answers).toEqual({
      isArray: '000000010000',
      isBoolean: '000010000000',
      isBuffer: '000000000000',
      isDate: '000000000010',
      isError: '000000000001',
      isFunction: '000000001000',
      isNull: '100000000000',
      isNullOrUndefined: '110000000000',
      isNumber: '001000000000',
      isObject: '000000110111',
      isPrimitive: '111111000000',
      isRegExp: '000000000100',
      isString: '000100000000',
      isSymbol: '000001000000',
      isUndefined: '010000000000',
    });
  });
});
