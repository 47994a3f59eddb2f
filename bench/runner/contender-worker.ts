/**
 * One contender in a process of its own, driven by lines of JSON on standard input (messages.ts):
 *
 *   node --expose-gc --import tsx bench/runner/contender-worker.ts ROOM WORK CONTENDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Bench } from 'tinybench';
import { loadSuite } from '../suites/index.js';
import { type MeasureReply, type PrepareReply, REPLY, type Request } from './messages.js';
import { writeShared } from './shared-input.js';
import type { NodeContender, Prepared, Work } from './suite.js';

const [room, workName, contenderNumber] = process.argv.slice(2);
const work: Work = (await loadSuite(room!)).works.find(({ name }) => name === workName)!;
const contender = work.contenders[Number(contenderNumber)] as NodeContender<unknown>;
let prepared: Prepared | null = null;
let isAsync = false;

/** A field of /proc/self/status in bytes, where there is one. */
const memoryField = (field: 'VmHWM' | 'VmRSS'): number | null => {
  try {
    const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
};
/** Sets the peak back to what is resident now: Linux alone can. */
const resetPeak = (): number | null => {
  globalThis.gc?.();
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return memoryField('VmRSS');
  } catch {
    return null;
  }
};

const prepare = async (request: Request & { do: 'prepare' }): Promise<PrepareReply> => {
  await prepared?.close?.();
  const { value } = work.sizes.find(({ label }) => label === request.size)!;
  const input = await work.input(value);
  if (request.share && work.share !== undefined) writeShared(request.folder, work.share(input));
  prepared = await contender.prepare(input);
  const before = resetPeak();
  const started = performance.now();
  const running = prepared.run();
  isAsync = running instanceof Promise;
  const result = await running;
  const milliseconds = performance.now() - started;
  const peak = memoryField('VmHWM');
  return {
    outcome: await prepared.outcome(result as never),
    memory: before === null || peak === null ? null : Math.max(0, peak - before),
    milliseconds,
  };
};

const measure = async ({ milliseconds }: Request & { do: 'measure' }): Promise<MeasureReply> => {
  const ready = prepared!;
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, throws: true });
  // Naming its kind spares the call by which it would be found out.
  bench.add(contender.name, () => ready.run(), { async: isAsync });
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const [task] = await bench.run();
  const { user, system } = process.cpuUsage(cpu);
  if (task?.result.state !== 'completed') throw new Error(`the run ended as ${task?.result.state}`);
  return { clock: task.result.latency.p50, cpu: (user + system) / 1000 / task.runs };
};

const reply = (content: object) => process.stdout.write(`${REPLY}${JSON.stringify(content)}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const request = JSON.parse(line) as Request;
    reply(await (request.do === 'prepare' ? prepare(request) : measure(request)));
  } catch (error) {
    reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
await (prepared as Prepared | null)?.close?.();
process.exit(0);
