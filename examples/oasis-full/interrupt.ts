/** What is asked to stop when the process is interrupted; null where the process may just end. */
let stop: (() => void) | null = null;

/** While shards run, an interrupt lets those under way finish. Returns what ends that. */
export const stopBy = (ask: () => void): (() => void) => {
  stop = ask;
  return () => {
    stop = null;
  };
};

/** Exit code of a process that was interrupted, as shells know it. */
export const INTERRUPTED = 130;

export const RESUME_LINE = 'Interrupted. What is finished is kept: the same command goes on from here.';

/** Ends the process on SIGINT and SIGTERM: after the shards under way, or at once when asked a second time. */
export const handleInterrupts = (say: (text: string) => void): void => {
  let asked = false;
  const interrupt = () => {
    if (stop === null || asked) {
      say(RESUME_LINE);
      process.exit(INTERRUPTED);
    }
    asked = true;
    say('Stopping after the shards under way; once more to stop at once.');
    stop();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
};
