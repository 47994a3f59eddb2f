import { openSearchIndex } from './search-index.js';
import { startSearchServer } from './serve/search-server.js';

/** Serves the search page of a finished run until the process is told to end. */
export const serveRun = async ({
  run,
  port,
}: {
  readonly run: string;
  readonly port: number;
}): Promise<void> => {
  const index = await openSearchIndex(run);
  try {
    const server = await startSearchServer(index, { port });
    console.log(`${index.size} functions of ${index.repositories.length} repositories`);
    console.log(`Open ${server.url} · Ctrl+C ends`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // Those of the pipeline speak of work to go on with.
        process.removeAllListeners(signal);
        process.once(signal, () => resolve());
      }
    });
    await server.close();
  } finally {
    await index.close();
  }
};
