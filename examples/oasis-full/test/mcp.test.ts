import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpServer } from '../search/mcp-server.js';
import { openSearchIndex, type SearchIndex } from '../search/search-index.js';
import { drafted, writeSearchRun } from './support/search-run.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-mcp-'));
const client = new Client({ name: 'test', version: '1' });
let index: SearchIndex;

beforeAll(async () => {
  await writeSearchRun(
    scratch,
    drafted([
      {
        qualifiedName: 'median',
        source: 'function median(numbers) { return sorted(numbers)[1]; }',
        summary: 'The median of a list',
      },
      ...Array.from({ length: 30 }, (_, i) => ({
        qualifiedName: `sort${i}`,
        source: `function sort${i}(list) {\n${'  step(list);\n'.repeat(40)}}`,
      })),
    ]),
  );
  index = await openSearchIndex(scratch);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await createMcpServer(index, { version: '1.2.3' }).connect(ours);
  await client.connect(theirs);
});
afterAll(async () => {
  await client.close();
  await index.close();
  rmSync(scratch, { recursive: true, force: true });
});

const call = async (name: string, args: Record<string, unknown>) => {
  const { content, isError } = await client.callTool({ name, arguments: args });
  return { text: (content as { text: string }[])[0]!.text, isError: isError === true };
};

describe('the MCP server', () => {
  it('offers three tools that only read', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['search', 'find_related', 'outline']);
    expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
  });

  it('searches, stating place and lines, finds related code by id, and outlines a file', async () => {
    const { text } = await call('search', { question: 'median', top: 3 });
    expect(text).toMatch(/^1\. median \(function\) sample\/src\/file-0\.js:1-1 \[id f0\]/);
    expect(text).toContain('```javascript\nfunction median(numbers)');
    expect((await call('find_related', { id: 'f0', top: 2 })).text).toMatch(/^1\. sort\d+ /);
    expect((await call('outline', { path: 'src/file-0.js' })).text).toBe('    1-1  function median(numbers)');
  });

  it('keeps within its budget of tokens and says what it left out', async () => {
    const { text } = await call('search', { question: 'sort a list by steps', top: 20, tokens: 400 });
    expect(text.length).toBeLessThanOrEqual(400 * 3.5);
    expect(text).toMatch(/\(to keep within 400 tokens: .*\d+ (without code|left out)/);
  });

  it('answers what it cannot do as an error of the tool, and what it does not find in words', async () => {
    expect((await call('search', { question: 'qzxv wvut' })).text).toMatch(/Nothing found/);
    expect(await call('find_related', { id: 'nobody' })).toMatchObject({ isError: true });
    expect(await call('search', { question: 'sort', language: 'COBOL' })).toMatchObject({ isError: true });
    expect((await call('outline', { path: 'nowhere' })).text).toBe('No file nowhere is in the index.');
  });
});
