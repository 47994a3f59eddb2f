/** What a timed call is compared by: numbers that every contender must arrive at. */
export type Outcome = readonly number[];

/** A contender that is ready to be timed. */
export interface Prepared {
  /** The timed work; nothing else of it is in the figures. */
  run(): unknown;
  /** The numbers that one run arrived at. */
  outcome(result: never): Outcome | Promise<Outcome>;
  close?(): void | Promise<void>;
}

interface Named {
  readonly name: string;
  /** Sizes that take this contender too long, by their labels. */
  readonly leftOut?: readonly string[];
}

/** Runs in Node: this project's own function, or a rival from npm. */
export interface NodeContender<Input> extends Named {
  /** The rival's npm package; absent for what is ours. */
  readonly package?: string;
  prepare(input: Input): Prepared | Promise<Prepared>;
}

/** Runs in Python: `module` is a file of bench/peers/python, `package` its distribution on PyPI. */
export interface PythonContender extends Named {
  readonly module: string;
  readonly package: string;
}

/** Runs on Java: `main` is a file of bench/peers/java, `jar` the environment variable that names the rival's archive. */
export interface JavaContender extends Named {
  readonly main: string;
  readonly jar: string;
  readonly package: string;
}

export type Contender<Input = unknown> = NodeContender<Input> | PythonContender | JavaContender;

/** A value that a rival in another language can read. */
export type Shared = number | string | readonly Shared[] | Float32Array | Float64Array | Uint32Array;

/** One kind of work: every contender does the same with the same input. */
export interface Work<Size = unknown, Input = unknown> {
  /** Lower case, unique within its room. */
  readonly name: string;
  readonly title: string;
  /** From small to large. `slow` ones are left out by `--quick`. */
  readonly sizes: readonly { readonly label: string; readonly value: Size; readonly slow?: true }[];
  /** The same size gives the same input, in every process. */
  input(size: Size): Input | Promise<Input>;
  /** The same input for rivals in other languages. */
  share?(input: Input): Readonly<Record<string, Shared>>;
  /** Ours first. */
  readonly contenders: readonly Contender<Input>[];
  /** The largest relative difference between outcomes; 0 for equal ones. */
  readonly tolerance: number;
  /** `clock` for work that waits, where processor time says nothing. */
  readonly basis?: 'clock';
  /** What a reader must know to read the table. */
  readonly note?: string;
}

/** The works of one room of src/. */
export interface Suite {
  readonly room: string;
  readonly works: readonly Work[];
}

/** Keeps the types of size and input together, then forgets them. */
export const work = <Size, Input>(definition: Work<Size, Input>): Work => definition as unknown as Work;

/** Equal sizes and labels: `sizes(64, 512)`; those after `null` are slow. */
export const sizes = (
  values: readonly (number | null)[],
  label: (value: number) => string = (value) => value.toLocaleString('en'),
): Work<number>['sizes'] => {
  const slowFrom = values.indexOf(null);
  return values.flatMap((value, at) => {
    if (value === null) return [];
    const size = { label: label(value), value };
    return [slowFrom >= 0 && at > slowFrom ? { ...size, slow: true as const } : size];
  });
};
