import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContenderProcess } from './contender-process.js';
import type { PrepareReply } from './messages.js';
import { peerOf } from './peer-packages.js';
import type { Basis, ContenderRecord, Measured, SizeRecord, WorkRecord } from './record.js';
import type { Work } from './suite.js';

export interface MeasureOptions {
  readonly quick: boolean;
  readonly basis: Basis;
  /** In how many rounds contenders take turns. */
  readonly rounds: number;
  /** Milliseconds that the slowest contender may take for all rounds of a size; a few rounds are always run. */
  readonly budget: number;
  /** How long a contender runs in a round, once at least. */
  readonly milliseconds: number;
  readonly onComplaint: (line: string) => void;
}

/** Rounds that there are at least, however long one takes: an interval needs some. */
const FEW_ROUNDS = 3;
/** A first run of so many milliseconds has warmed up what there is. */
const LONG = 2000;

/** The largest relative difference, infinite where the outcomes have different lengths. */
export const largestDifference = (ours: readonly number[], theirs: readonly number[]): number =>
  ours.length !== theirs.length
    ? Number.POSITIVE_INFINITY
    : ours.reduce((largest, value, i) => {
        const difference = Math.abs(value - theirs[i]!);
        const relative = difference === 0 ? 0 : difference / Math.max(1e-9, Math.abs(value));
        // A value that is not a number differs from everything.
        return Number.isNaN(relative) ? Number.POSITIVE_INFINITY : Math.max(largest, relative);
      }, 0);

const digits = (value: number): number => Number(value.toPrecision(4));

/** Rounds in which every contender is measured once. */
const measureInTurn = async (
  work: Work,
  label: string,
  processes: readonly (ContenderProcess | null)[],
  folder: string,
  options: MeasureOptions,
): Promise<SizeRecord> => {
  const share = work.contenders.some((contender) => !('prepare' in contender));
  const first: (PrepareReply | null)[] = [];
  for (const [number, process] of processes.entries()) {
    try {
      first.push((await process?.prepare(label, folder, share && number === 0)) ?? null);
    } catch (error) {
      // A rival that fails takes its own figures with it and nobody else's.
      if (number === 0) throw error;
      options.onComplaint(`left out at ${label}: ${(error as Error).message}`);
      first.push(null);
    }
  }
  const longest = Math.max(...first.map((reply) => reply?.milliseconds ?? 0));
  const affordable = Math.max(FEW_ROUNDS, Math.floor(options.budget / Math.max(1, longest)));
  const rounds = Math.min(options.rounds, affordable);
  const times = first.map(() => ({ clock: [] as number[], cpu: [] as number[] }));
  // Round -1 warms up.
  for (let round = longest > LONG ? 0 : -1; round < rounds; round++) {
    for (let turn = 0; turn < processes.length; turn++) {
      // Whoever begins changes, so that nobody always runs after the same one.
      const number = (turn + Math.max(0, round)) % processes.length;
      if (first[number] === null) continue;
      const { clock, cpu } = await processes[number]!.measure(options.milliseconds);
      if (round < 0) continue;
      times[number]!.clock.push(digits(clock));
      times[number]!.cpu.push(digits(cpu));
    }
  }
  const measured = first.map((reply, number): Measured | null => {
    if (reply === null) return null;
    const difference = largestDifference(first[0]!.outcome, reply.outcome);
    const agrees = difference <= work.tolerance;
    if (!agrees) {
      const { name } = work.contenders[number]!;
      options.onComplaint(`${name}, ${label}: its outcome differs from ours by ${difference.toPrecision(2)}`);
    }
    const memory = reply.memory === null ? null : digits(reply.memory / 2 ** 20);
    return {
      ...times[number]!,
      memory,
      difference: Number.isFinite(difference) ? digits(difference) : 1e308,
      agrees,
    };
  });
  return { label, measured };
};

/** Every contender of a work, each in a process of its own, taking turns with the same input. */
export const measureWork = async (room: string, work: Work, options: MeasureOptions): Promise<WorkRecord> => {
  const contenders = work.contenders.map((contender): ContenderRecord => {
    const peer = peerOf(contender);
    if (peer === null) return { name: contender.name };
    return 'label' in peer
      ? { name: contender.name, package: peer.label }
      : { name: contender.name, ...peer };
  });
  const sizes: SizeRecord[] = [];
  for (const { label, slow } of work.sizes) {
    if (options.quick && slow === true) continue;
    // Processes are new for each size: what one size left in a heap would hide what the next one takes.
    const processes = work.contenders.map((contender, number) =>
      contenders[number]!.missing !== undefined || contender.leftOut?.includes(label)
        ? null
        : new ContenderProcess(room, work.name, contender, number),
    );
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    try {
      sizes.push(await measureInTurn(work, label, processes, folder, options));
    } finally {
      for (const process of processes) process?.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return {
    room,
    work: work.name,
    title: work.title,
    ...(work.note === undefined ? {} : { note: work.note }),
    basis: work.basis ?? options.basis,
    contenders,
    sizes,
  };
};
