import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numerics/index.js';
import { type FakeService, type Fault, startFakeService } from './fake-service.js';
import { docstringFor } from './functions-for-test.js';

const KEY = 'sk-worker-9876543210-secret';
const CONCURRENCY = 8;
let folder = '';
let worker = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interrupted-run-'));
  worker = join(folder, 'worker.mjs');
  const require = createRequire(createRequire(import.meta.url).resolve('tsup'));
  const { build } = require('esbuild') as typeof import('esbuild');
  await build({
    entryPoints: [join(import.meta.dirname, 'annotate-worker.ts')],
    outfile: worker,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // CommonJS packages in an ES module ask for it.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const faults: readonly Fault[] = [
  { kind: 'status', status: 429 },
  { kind: 'status', status: 429, retryAfter: '0.002' },
  { kind: 'status', status: 500 },
  { kind: 'cut', when: 'before' },
];

const startWith = (
  count: number,
  service: FakeService,
  directory: string,
  output: string,
  onText: (text: string) => void,
) => {
  const child = spawn(process.execPath, [worker, service.baseUrl, directory, String(count), output], {
    env: { ...process.env, WORKER_KEY: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => onText(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => onText(chunk.toString()));
  return child;
};
const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));

const files = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());

export interface InterruptedRun {
  readonly count: number;
  /** SIGKILLs, each at a random moment. */
  readonly kills: number;
  /** Answers between two of them, at most. */
  readonly between: number;
}

/** Kills a run again and again over a service that fails, and holds what comes out against a calm run. */
export const describeInterruptedRun = ({ count, kills, between }: InterruptedRun): void => {
  const start = (service: FakeService, directory: string, output: string, onText: (text: string) => void) =>
    startWith(count, service, directory, output, onText);

  describe(`a run of ${count} functions`, () => {
    it(`ends with the rows of an undisturbed run after ${kills} kills and 30% failing calls, and pays nothing twice`, async () => {
      const calm = await startFakeService({ answer: ({ body }) => docstringFor(body.messages[1]!.content) });
      const calmFolder = mkdtempSync(join(folder, 'calm-'));
      expect(await ended(start(calm, calmFolder, join(calmFolder, 'rows.json'), () => undefined))).toBe(0);
      await calm.close();
      expect([...calm.paid.values()].every((times) => times === 1)).toBe(true);

      const random = createRandom(7);
      let answered = 0;
      let onAnswered = () => {};
      const rough = await startFakeService({
        answer: ({ body }) => docstringFor(body.messages[1]!.content),
        fault: () => (random.uniform() < 0.3 ? faults[random.below(faults.length)]! : null),
        onAnswered: () => {
          answered++;
          onAnswered();
        },
      });
      const roughFolder = mkdtempSync(join(folder, 'rough-'));
      const output = join(roughFolder, 'rows.json');
      let said = '';
      const run = () =>
        start(rough, roughFolder, output, (text) => {
          said += text;
        });
      for (let kill = 0; kill < kills; kill++) {
        const child = run();
        const done = ended(child);
        const last = answered + 1 + random.below(between);
        onAnswered = () => {
          if (answered >= last) child.kill('SIGKILL');
        };
        await done;
        expect(child.signalCode).toBe('SIGKILL');
      }
      onAnswered = () => {};
      expect(await ended(run())).toBe(0);
      await rough.close();

      expect(readFileSync(output, 'utf8')).toBe(readFileSync(join(calmFolder, 'rows.json'), 'utf8'));
      const rows = JSON.parse(readFileSync(output, 'utf8')).rows as { failure: string | null }[];
      expect(rows).toHaveLength(count);
      expect(rows.every(({ failure }) => failure === null)).toBe(true);
      const paidAgain = [...rough.paid.values()].reduce((sum, times) => sum + times - 1, 0);
      expect(paidAgain).toBeLessThanOrEqual(kills * CONCURRENCY);
      expect(rough.paid.size).toBe(calm.paid.size);

      expect(said).toBe('');
      for (const path of [...files(roughFolder), ...files(calmFolder)]) {
        expect(readFileSync(path).includes(KEY), path).toBe(false);
      }
    }, 900_000);

    it('gives the same rows to two processes that share a folder', async () => {
      const service = await startFakeService({
        answer: ({ body }) => docstringFor(body.messages[1]!.content),
      });
      const shared = mkdtempSync(join(folder, 'shared-'));
      const outputs = ['a.json', 'b.json'].map((name) => join(shared, name));
      const codes = await Promise.all(
        outputs.map((output) => ended(start(service, shared, output, () => undefined))),
      );
      await service.close();
      expect(codes).toEqual([0, 0]);
      expect(readFileSync(outputs[0]!, 'utf8')).toBe(readFileSync(outputs[1]!, 'utf8'));
    });
  });
};
