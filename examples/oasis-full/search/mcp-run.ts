import { statSync } from 'node:fs';
import type { ModelEngine } from '../options/model-engine.js';
import { packageVersion } from '../store/package-folder.js';
import { createRunFolder } from '../store/run-folder.js';
import { openSearchIndex, type SearchIndex } from './search-index.js';

/** An index that is opened again when its files have changed. */
const freshIndex = (run: string, engine: ModelEngine | undefined): (() => Promise<SearchIndex>) => {
  const manifest = createRunFolder(run).path('indexManifest');
  let opened: { readonly index: SearchIndex; readonly modified: number } | null = null;
  let opening: Promise<SearchIndex> | null = null;
  const open = async (): Promise<SearchIndex> => {
    const modified = statSync(manifest, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    // While an index is being written, the earlier one goes on answering.
    if (opened !== null && (modified === opened.modified || modified === 0)) return opened.index;
    const index = await openSearchIndex(run, { engine });
    await opened?.index.close();
    opened = { index, modified };
    return index;
  };
  return () => {
    opening = (opening ?? Promise.resolve()).then(open, open) as Promise<SearchIndex>;
    return opening;
  };
};

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
  const open = freshIndex(run, engine);
  await open();
  const server = createMcpServer(open, { version: packageVersion() });
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await (await open()).close();
};
