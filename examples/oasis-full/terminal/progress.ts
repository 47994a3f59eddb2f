import cliProgress from 'cli-progress';

/** What the pipeline tells the person who waits: a bar on a terminal, plain lines elsewhere. */
export interface Progress {
  startStage(name: string): void;
  /** `done` of `total` units; `note` stands behind the bar. */
  update(done: number, total: number, note?: string): void;
  /** A line that stays. */
  line(text: string): void;
  finishStage(note: string): void;
  /** Takes the bar away. */
  stop?(): void;
  /** A shard of the stage is settled; people see the count, machines the event. */
  shard?(event: Readonly<Record<string, unknown>>): void;
}

/** Seconds between two plain lines of one stage where there is no terminal. */
const PLAIN_INTERVAL = 10;

export const createProgress = (
  stages: readonly string[],
  stream: NodeJS.WriteStream = process.stderr,
): Progress => {
  let bar: cliProgress.SingleBar | null = null;
  let current = '';
  let phase = 0;
  let lastPlain = 0;
  let lastDone = 0;
  let lastTotal = 0;

  const stop = () => {
    bar?.stop();
    bar = null;
  };
  const write = (text: string) => {
    if (bar !== null && stream.isTTY) {
      // The bar redraws itself below the line.
      stream.clearLine(0);
      stream.cursorTo(0);
    }
    stream.write(`${text}\n`);
  };

  return {
    stop,
    startStage(name) {
      stop();
      current = name;
      phase = performance.now();
      lastPlain = phase;
      lastDone = 0;
      lastTotal = 0;
      write(`[${stages.indexOf(name) + 1}/${stages.length}] ${name}`);
    },
    update(done, total, note = '') {
      // A stage may count several things one after the other: each has its own rate.
      if (total !== lastTotal || done < lastDone) {
        stop();
        phase = performance.now();
      }
      lastDone = done;
      lastTotal = total;
      if (stream.isTTY) {
        if (bar === null) {
          bar = new cliProgress.SingleBar(
            {
              stream,
              format: '      {bar} {percentage}% · {value}/{total} · {eta_formatted} left{note}',
              barCompleteChar: '█',
              barIncompleteChar: '░',
              barsize: 28,
              hideCursor: true,
              clearOnComplete: true,
            },
            cliProgress.Presets.shades_classic,
          );
          bar.start(total, done, { note: '' });
        }
        bar.setTotal(total);
        bar.update(done, { note: note === '' ? '' : ` · ${note}` });
        return;
      }
      const now = performance.now();
      if (now - lastPlain < PLAIN_INTERVAL * 1000) return;
      lastPlain = now;
      const left = done > 0 ? ` · ${Math.ceil(((now - phase) / 1000 / done) * (total - done))} s left` : '';
      write(`      ${current}: ${done} of ${total}${left}${note === '' ? '' : ` · ${note}`}`);
    },
    line(text) {
      stop();
      write(`      ${text}`);
    },
    finishStage(note) {
      stop();
      write(`      ✓ ${current} · ${note}`);
    },
  };
};

/** The same for machines: one JSON object a line, each with a time and an event. */
export const createJsonProgress = (stream: NodeJS.WritableStream = process.stderr): Progress => {
  let stage = '';
  let last = 0;
  const say = (event: string, fields: Readonly<Record<string, unknown>>) =>
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), event, stage, ...fields })}\n`);
  return {
    startStage(name) {
      stage = name;
      last = 0;
      say('stage-started', {});
    },
    update(done, total, note = '') {
      const now = performance.now();
      if (now - last < 1000 && done < total) return;
      last = now;
      say('progress', { done, total, ...(note === '' ? {} : { note }) });
    },
    line: (text) => say('message', { text }),
    finishStage: (note) => say('stage-finished', { note }),
    shard: (fields) => say('shard', fields),
  };
};
