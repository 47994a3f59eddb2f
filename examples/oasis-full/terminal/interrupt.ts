/** What is asked to stop when the process is interrupted; where there is nothing, the process may just end. */
const stops = new Set<() => void>();

/** While shards run, an interrupt lets those under way finish. Returns what ends that. */
export const stopBy = (ask: () => void): (() => boolean) => {
  const own = () => ask();
  stops.add(own);
  return () => stops.delete(own);
};

/** Exit code of a process that was interrupted, as shells know it. */
export const INTERRUPTED = 130;

export const RESUME_LINE = 'Interrupted. Finished work is kept: run the same command again to resume.';

/** Milliseconds that shards under way have after a SIGTERM. */
const GRACE = 8000;

/**
 * Ends the process on SIGINT and SIGTERM: after the shards under way, after a SIGTERM within seconds, and at once when
 * asked a second time.
 */
export const handleInterrupts = (say: (text: string) => void): void => {
  let asked = false;
  const interrupt = () => {
    if (stops.size === 0 || asked) {
      say(RESUME_LINE);
      process.exit(INTERRUPTED);
    }
    asked = true;
    say('Stopping once the running shards are done. Interrupt again to stop immediately.');
    for (const stop of stops) stop();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', () => {
    // Whoever sends it kills what does not end in time.
    setTimeout(() => {
      say(RESUME_LINE);
      process.exit(INTERRUPTED);
    }, GRACE).unref();
    interrupt();
  });
};
