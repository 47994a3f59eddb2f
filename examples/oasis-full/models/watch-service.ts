/** Milliseconds without an answer after which the person who waits is told, and between two such lines. */
const PATIENCE = 30_000;
/** Milliseconds that a living service has to answer a small question. */
const PROBE = 5000;

export interface ServiceWatch {
  /** A fetch whose requests are watched. */
  readonly fetch: typeof globalThis.fetch;
  close(): void;
}

/**
 * Tells a slow service from a dead one: while requests wait long for an answer, the service is asked for its list of
 * models, and what comes of it is said. A local model may well take minutes for a batch.
 *
 * @param patience Milliseconds; for tests.
 */
export const watchService = (
  baseUrl: string,
  say: (text: string) => void,
  patience = PATIENCE,
): ServiceWatch => {
  const begun = new Map<symbol, number>();
  const probe = async (): Promise<string> => {
    try {
      const { status } = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(PROBE) });
      return `it is alive (status ${status} for GET /models)`;
    } catch {
      return 'it does not answer GET /models either';
    }
  };
  const look = async () => {
    const oldest = Math.min(...begun.values());
    const waited = performance.now() - oldest;
    if (!(waited >= patience)) return;
    const count = begun.size;
    const state = await probe();
    if (begun.size > 0)
      say(
        `${new URL(baseUrl).host}: ${count} ${count === 1 ? 'request waits' : 'requests wait'} for an answer, the oldest ` +
          `for ${Math.round(waited / 1000)} s; ${state}`,
      );
  };
  const timer = setInterval(() => void look(), patience);
  timer.unref();
  return {
    fetch: async (...request) => {
      const id = Symbol();
      begun.set(id, performance.now());
      try {
        return await fetch(...request);
      } finally {
        begun.delete(id);
      }
    },
    close: () => clearInterval(timer),
  };
};
