import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));

it('oasis-full mcp serves a folder over standard input and output', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'oasis-mcp-'));
  mkdirSync(join(scratch, 'app'));
  writeFileSync(
    join(scratch, 'app/a.js'),
    '/** The median of a list. */\nfunction median(list) { return list[1]; }\n',
  );
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      '--import',
      pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      join(here, '../cli.ts'),
      'mcp',
      '--in',
      join(scratch, 'app'),
    ],
    cwd: resolve(here, '../../..'),
    env: { ...(process.env as Record<string, string>), XDG_CACHE_HOME: join(scratch, 'cache') },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1' });
  try {
    await client.connect(transport);
    const { content } = await client.callTool({ name: 'search', arguments: { question: 'median' } });
    expect((content as { text: string }[])[0]!.text).toMatch(/^1\. median \(function\) app\/a\.js:\d-2 /);
  } finally {
    await client.close();
    rmSync(scratch, { recursive: true, force: true });
  }
});
