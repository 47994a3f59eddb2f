import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SEARCH_UNITS } from 'oasis-embed/retrieval';
import { z } from 'zod';
import { hitsAsText, outlineAsText } from './mcp-answers.js';
import type { SearchIndex } from './search-index.js';

/** What asks for no budget gets this one. */
const DEFAULT_TOKENS = 4000;

export interface McpServerOptions {
  readonly version: string;
}

const budget = z
  .number()
  .int()
  .min(200)
  .max(100_000)
  .default(DEFAULT_TOKENS)
  .describe('most tokens that the answer may have, about');
const count = z.number().int().min(1).max(50).default(8).describe('most entries');

const text = (answer: string) => ({ content: [{ type: 'text' as const, text: answer }] });

/**
 * A server of the Model Context Protocol over an open index, with three tools: `search`, `find_related` and `outline`. Each
 * answer states the lines of what it shows and keeps within a budget of tokens.
 *
 * @param index Open, and left open.
 */
export const createMcpServer = (index: SearchIndex, { version }: McpServerOptions): McpServer => {
  const server = new McpServer({ name: 'oasis-full', version });
  server.registerTool(
    'search',
    {
      title: 'Search code',
      description:
        'Finds functions, types, constants and other code by what they do, in words, or by name. A name that is spelled ' +
        'exactly comes first. Answers state repository, path and lines.',
      inputSchema: {
        question: z.string().describe('what the code should do, or a name such as Router.match'),
        top: count,
        tokens: budget,
        repository: z.string().optional().describe('only in this repository'),
        language: z.string().optional().describe('only in this language'),
        by: z
          .enum(SEARCH_UNITS as ['entry', 'file'])
          .default('entry')
          .describe('file: further entries of one file come late'),
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ question, top, tokens, repository, language, by }) => {
      const hits = await index.search(question, {
        top,
        by,
        ...(repository === undefined ? {} : { repository }),
        ...(language === undefined ? {} : { language: language.toLowerCase() }),
      });
      return text(hitsAsText(hits, tokens));
    },
  );
  server.registerTool(
    'find_related',
    {
      title: 'Find related code',
      description: 'Finds the code most like an entry that search has found.',
      inputSchema: { id: z.string().describe('the id in an answer of search'), top: count, tokens: budget },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ id, top, tokens }) => text(hitsAsText(await index.related(id, { top }), tokens)),
  );
  server.registerTool(
    'outline',
    {
      title: 'Outline of a file',
      description: 'Lists what a file defines, by line, without bodies.',
      inputSchema: {
        path: z.string().describe('as answers of search have it, without the repository'),
        repository: z.string().optional(),
        tokens: budget,
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ path, repository, tokens }) =>
      text(outlineAsText(await index.outline(path, repository), path, tokens)),
  );
  return server;
};
