/** What `npm run bench -- --json FILE` writes. */
export interface BenchRecord {
  readonly format: 1;
  readonly date: string;
  readonly commit: string;
  readonly command: string;
  readonly machine: Machine;
  readonly works: readonly WorkRecord[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Of TensorFlow.js. */
  readonly backend: string;
  /** Processes that wanted a processor, averaged over a minute: before the run and after it. */
  readonly load: readonly [number, number];
}

export interface WorkRecord {
  readonly room: string;
  readonly work: string;
  readonly title: string;
  readonly note?: string;
  /** Which of the two times the ratios are of. */
  readonly basis: Basis;
  readonly contenders: readonly ContenderRecord[];
  readonly sizes: readonly SizeRecord[];
}

export type Basis = 'clock' | 'cpu';

export interface ContenderRecord {
  readonly name: string;
  /** The rival's package and version; absent for what is ours. */
  readonly package?: string;
  /** Why it was left out. */
  readonly missing?: string;
}

export interface SizeRecord {
  readonly label: string;
  /** One for each contender; null where it was not measured. */
  readonly measured: readonly (Measured | null)[];
}

/** Milliseconds of one run, a number for each round; contenders take turns within a round. */
export interface Measured {
  readonly clock: readonly number[];
  readonly cpu: readonly number[];
  /** How far the process grew during its first run, in MiB; null where the system doesn't tell. */
  readonly memory: number | null;
  /** The largest relative difference between its outcome and ours. */
  readonly difference: number;
  readonly agrees: boolean;
}
