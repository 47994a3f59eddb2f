import type { ModelEngine } from '../options/model-engine.js';
import { packageVersion } from '../store/package-folder.js';
import { openFreshIndex } from './fresh-index.js';

/** Serves an index to agents over standard input and output until the client leaves. */
export const mcpRun = async ({
  run,
  engine,
}: {
  readonly run: string;
  readonly engine?: ModelEngine;
}): Promise<void> => {
  let loaded: [typeof import('./mcp-server.js'), typeof import('@modelcontextprotocol/sdk/server/stdio.js')];
  try {
    loaded = await Promise.all([
      import('./mcp-server.js'),
      import('@modelcontextprotocol/sdk/server/stdio.js'),
    ]);
  } catch (error) {
    throw new Error('mcp needs a package: npm install @modelcontextprotocol/sdk', { cause: error });
  }
  const [{ createMcpServer }, { StdioServerTransport }] = loaded;
  const index = await openFreshIndex(run, engine);
  const server = createMcpServer(index, { version: packageVersion() });
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await index.close();
};
