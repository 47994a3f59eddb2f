import type { ModelEngine } from '../options/model-engine.js';
import { openFreshIndex } from '../search/fresh-index.js';
import type { SearchIndex } from '../search/search-index.js';
import { answerSearch } from './search-api.js';
import { startSearchServer } from './search-server.js';

/** The first questions take several times as long as later ones: asked before anybody waits for an answer. */
const warmUp = async (index: SearchIndex): Promise<void> => {
  for (const q of ['sort a list of names', 'read a file', 'deep clone an object']) {
    await answerSearch(index, new URLSearchParams({ q }));
  }
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** Serves the search page of a run or an index, which may be made again meanwhile, until the process is told to end. */
export const serveRun = async ({
  run,
  port,
  engine,
}: {
  readonly run: string;
  readonly port: number;
  /** What embeds questions where the model is a transformer. @defaultValue 'auto' */
  readonly engine?: ModelEngine;
}): Promise<void> => {
  const index = await openFreshIndex(run, engine);
  try {
    await warmUp(index);
    const server = await startSearchServer(index, { port });
    const on = index.engine === null ? '' : ` · ${index.encoder} on ${index.engine.summary}`;
    console.log(
      `${counted(index.size, 'entry', 'entries')} of ${counted(index.repositories.length, 'repository', 'repositories')}, ${index.functionCount} of them functions${on}`,
    );
    console.log(`Open ${server.url} · Ctrl+C ends`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // The pipeline's own handlers talk about resuming a run.
        process.removeAllListeners(signal);
        process.once(signal, () => resolve());
      }
    });
    await server.close();
  } finally {
    await index.close();
  }
};
