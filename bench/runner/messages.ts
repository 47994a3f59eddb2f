/** Lines of JSON between the runner and a contender's process; the same for Node, Python and Java. */
export type Request =
  | {
      /** Reads the input of a size, runs once, tells the outcome and what the run added to the process's memory. */
      readonly do: 'prepare';
      readonly size: string;
      /** Where the input for other languages lies, or is to be put. */
      readonly folder: string;
      readonly share: boolean;
    }
  | {
      /** Runs until `milliseconds` have passed, once at least. */
      readonly do: 'measure';
      readonly milliseconds: number;
    };

export interface PrepareReply {
  readonly outcome: readonly number[];
  /** Bytes, or null where the system doesn't tell. */
  readonly memory: number | null;
  /** Of the first run. */
  readonly milliseconds: number;
}

/** Milliseconds of one run. */
export interface MeasureReply {
  readonly clock: number;
  readonly cpu: number;
}

export type Reply =
  | ((PrepareReply | MeasureReply) & { readonly error?: undefined })
  | { readonly error: string };

/** Begins every line of a reply: a library may print lines of its own. */
export const REPLY = 'bench-reply ';
