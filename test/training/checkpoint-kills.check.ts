import { spawn } from 'node:child_process';
import type * as FileSystem from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SubtokenBagEncoder } from '../../src/encoders/index.js';
import { trainOasis } from '../../src/training/index.js';
import { useBackend } from '../support/backends.js';
import { toyEncoder, toyTask } from './toy-task.js';

/**
 * From the call with this number on, nothing reaches the disk and nothing returns: all that a killed process leaves is
 * what it had done. Calls are counted from the moment that `counting` is set.
 */
const disk = vi.hoisted(() => ({
  counting: false,
  calls: 0,
  dead: Number.POSITIVE_INFINITY,
  /** Those that a kill leaves open: a process that lives on must close them. */
  opened: [] as { close(): Promise<void> }[],
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  const mortal =
    <Arguments extends unknown[], Result>(call: (...received: Arguments) => Promise<Result>) =>
    (...received: Arguments): Promise<Result> => {
      if (disk.counting && ++disk.calls >= disk.dead) return new Promise(() => {});
      return call(...received);
    };
  return {
    ...real,
    mkdir: mortal(real.mkdir),
    open: mortal(async (...received: Parameters<typeof real.open>) => {
      const file = await real.open(...received);
      disk.opened.push(file);
      return file;
    }),
    rename: mortal(real.rename),
    rm: mortal(real.rm),
    writeFile: mortal(real.writeFile),
  };
});

const { dataset, validation } = toyTask();
const options = {
  epochs: 2,
  batchQueries: 18,
  learningRate: 0.01,
  warmUpSteps: 0,
  seed: 3,
  validation,
} as const;

const weightsOf = (encoder: SubtokenBagEncoder) =>
  encoder.variables.map((variable) => Array.from(variable.dataSync()));

const savedWeights = async (directory: string) => {
  const encoder = await SubtokenBagEncoder.load(join(directory, 'best'));
  const weights = weightsOf(encoder);
  encoder.dispose();
  return weights;
};

let directory = '';
beforeAll(() => useBackend('cpu'));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'killed-'));
});
afterEach(async () => {
  disk.counting = false;
  await Promise.all(disk.opened.splice(0).map((file) => file.close()));
  await rm(directory, { recursive: true, force: true });
});

describe('a run that is killed while it replaces checkpoint and best model', () => {
  it('leaves the old or the new of both at every step, and goes on as if nothing had been', async () => {
    const straight = toyEncoder(dataset);
    const best: number[][][] = [];
    const expected = await trainOasis(straight, dataset, {
      ...options,
      onEvaluation: ({ step, best: isBest }) => {
        if (step > 0) expect(isBest).toBe(true);
        best.push(weightsOf(straight));
      },
    });
    const final = weightsOf(straight);
    straight.dispose();
    expect(best.length).toBe(3);

    const states = new Set<string>();
    let kills = 0;
    for (let dead = 1; ; dead++) {
      const own = join(directory, `${dead}`);
      Object.assign(disk, { counting: false, calls: 0, dead });
      const encoder = toyEncoder(dataset);
      const ended = await Promise.race([
        trainOasis(encoder, dataset, {
          ...options,
          checkpointDirectory: own,
          // The second checkpoint is the one that replaces another.
          onCheckpoint: () => {
            disk.counting = !disk.counting;
          },
        }).then(() => true),
        vi.waitUntil(() => disk.calls >= dead, { timeout: 60_000, interval: 1 }).then(() => false),
      ]);
      disk.counting = false;
      if (ended) break;
      kills++;
      const left = JSON.stringify(await savedWeights(own));
      const state = [JSON.stringify(best[1]), JSON.stringify(best[2])].indexOf(left);
      expect(state, `the best model after a kill at call ${dead}`).toBeGreaterThanOrEqual(0);
      states.add(['old', 'new'][state]!);

      const second = toyEncoder(dataset);
      const resumed = await trainOasis(second, dataset, { ...options, checkpointDirectory: own });
      expect(resumed, `call ${dead}`).toEqual(expected);
      expect(weightsOf(second)).toEqual(final);
      expect(await savedWeights(own)).toEqual(final);
      second.dispose();
      expect((await readdir(own)).sort()).toEqual(['best', 'checkpoint.safetensors', 'steps.jsonl']);
    }
    // Opening, writing and renaming of both, and the removal of what is left over.
    expect(kills).toBeGreaterThanOrEqual(8);
    expect(states).toEqual(new Set(['old', 'new']));
  });

  it.each(['checkpoint.safetensors', 'best'])('by SIGKILL when %s is to be renamed', async (name) => {
    const script = `
      import promises from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      const { rename } = promises;
      let renamed = 0;
      promises.rename = async (from, to) => {
        // The second time, when there is something to replace.
        if (to.includes(${JSON.stringify(name)}) && !to.includes('.tmp') && ++renamed === 2) {
          process.kill(process.pid, 'SIGKILL');
          await new Promise(() => {});
        }
        return rename(from, to);
      };
      syncBuiltinESMExports();
      const { trainOasis, selectBackend } = await import('./src/training/index.js');
      const { toyEncoder, toyTask } = await import('./test/training/toy-task.js');
      await selectBackend('cpu');
      const { dataset, validation } = toyTask();
      const options = ${JSON.stringify({ ...options, validation: undefined, checkpointDirectory: directory })};
      await trainOasis(toyEncoder(dataset), dataset, { ...options, validation });
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      cwd: new URL('../..', import.meta.url),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const signal = await new Promise((resolve) => child.on('exit', (_, by) => resolve(by)));
    expect(signal, errors).toBe('SIGKILL');
    const old = await savedWeights(directory);
    const checkpoint = await readFile(join(directory, 'checkpoint.safetensors'));
    expect(checkpoint.length).toBeGreaterThan(1000);

    const encoder = toyEncoder(dataset);
    const resumed = await trainOasis(encoder, dataset, { ...options, checkpointDirectory: directory });
    const straight = toyEncoder(dataset);
    expect(resumed).toEqual(await trainOasis(straight, dataset, options));
    expect(weightsOf(encoder)).toEqual(weightsOf(straight));
    expect(await savedWeights(directory)).toEqual(weightsOf(straight));
    expect(old).not.toEqual(weightsOf(straight));
    encoder.dispose();
    straight.dispose();
  });
});
