import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSearchIndex, type SearchIndex } from '../search/search-index.js';
import { searchRun } from '../search/search-run.js';
import { type SearchServer, startSearchServer } from '../serve/search-server.js';
import { serveRun } from '../serve/serve-run.js';
import { drafted, writeSearchRun } from './support/search-run.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-serve-'));
const run = join(scratch, 'run');
const functions = drafted([
  {
    qualifiedName: 'median',
    source: 'function median(numbers) {\n    return sorted(numbers)[numbers.length >> 1]; // middle\n  }',
    summary: 'The median of a list of numbers',
  },
  {
    qualifiedName: 'parse_date',
    source: 'def parse_date(text):\n    return date(text)',
    summary: 'Parses a date',
    language: 'python',
    repository: 'dates',
    path: 'dates/parse.py',
  },
  {
    qualifiedName: 'huge',
    source: `function huge() {\n${'  step();\n'.repeat(2000)}}`,
    summary: 'A huge function',
  },
  ...Array.from({ length: 120 }, (_, i) => ({
    qualifiedName: `sort${i}`,
    source: `function sort${i}(list) { return list.sort(); }`,
  })),
]);

let index: SearchIndex;
let server: SearchServer;
beforeAll(async () => {
  mkdirSync(join(scratch, 'sample/src'), { recursive: true });
  writeFileSync(join(scratch, 'sample/src/file-0.js'), functions[0]!.source);
  await writeSearchRun(run, functions, { roots: new Map([['sample', join(scratch, 'sample')]]) });
  index = await openSearchIndex(run);
  server = await startSearchServer(index, { port: 0 });
});
afterAll(async () => {
  await server.close();
  await index.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const ask = (
  path: string,
  {
    host,
    headers = {},
    method = 'GET',
    port = server.port,
  }: { host?: string; headers?: Record<string, string>; method?: string; port?: number } = {},
): Promise<Reply> =>
  new Promise((done, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { ...headers, ...(host === undefined ? {} : { host }) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
const search = async (query: Record<string, string>) => {
  const reply = await ask(`/api/search?${new URLSearchParams(query)}`);
  return { status: reply.status, ...JSON.parse(reply.text) };
};

const command = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(here, '../cli.ts'),
];
const environment = { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' };
const root = resolve(here, '../../..');
const oasisFull = (...args: string[]) =>
  spawnSync(process.execPath, [...command, ...args], { cwd: root, env: environment, encoding: 'utf8' });

describe('the search server', () => {
  it('answers a question with functions, their code cut into tokens, and their place on this machine', async () => {
    const { status, hits, question } = await search({ q: 'median of numbers' });
    expect(status).toBe(200);
    expect(question).toBe('median of numbers');
    expect(hits).toHaveLength(20);
    const { tokens, score, ...first } = hits[0];
    expect(first).toMatchObject({
      qualifiedName: 'median',
      repository: 'sample',
      path: 'src/file-0.js',
      startLine: 1,
      lines: 3,
      file: join(scratch, 'sample/src/file-0.js'),
    });
    expect(score).toBeGreaterThan(hits[1].score);
    // The body moves to the margin with the brace that closes it.
    expect(tokens.map(([text]: [string]) => text).join('')).toBe(
      'function median(numbers) {\n  return sorted(numbers)[numbers.length >> 1]; // middle\n}',
    );
    expect(tokens[0]).toEqual(['function', 'keyword']);
    expect(
      hits.find((hit: { qualifiedName: string }) => hit.qualifiedName === 'parse_date')?.file ?? null,
    ).toBeNull();
  });

  it('filters, and takes an empty choice for none', async () => {
    expect((await search({ q: 'date', language: 'python' })).hits).toHaveLength(1);
    expect((await search({ q: 'date', repository: 'sample', language: '' })).hits).toHaveLength(20);
    expect((await search({ q: 'sort', top: '100' })).hits).toHaveLength(100);
  });

  it('cuts what it sends of a huge function, and says how long it is', async () => {
    const { hits } = await search({ q: 'huge step', top: '1' });
    expect(hits[0].qualifiedName).toBe('huge');
    expect(hits[0].lines).toBe(2002);
    expect(
      hits[0].tokens
        .map(([text]: [string]) => text)
        .join('')
        .split('\n'),
    ).toHaveLength(400);
  });

  it('says what is wrong with a question', async () => {
    const wrong = async (query: Record<string, string>, message: RegExp) => {
      const { status, error } = await search(query);
      expect(status).toBe(400);
      expect(error).toMatch(message);
    };
    await wrong({}, /question must not be empty/);
    await wrong({ q: 'é'.repeat(4001) }, /at most 4000 characters, received 4001/);
    await wrong(
      { q: 'sort', repository: '__proto__' },
      /repository must be one of sample, dates, received "__proto__"/,
    );
    for (const top of ['0', '101', '1.5', 'NaN', '-1', '1e9'])
      await wrong({ q: 'sort', top }, /top must be a whole number from 1 to 100/);
    expect((await ask(`/api/search?q=${'a'.repeat(70_000)}`)).status).toBe(431);
    expect((await ask('/api/search?q=%')).status).toBe(200);
    expect((await ask('/nowhere')).status).toBe(404);
    for (const path of [
      '/../cli.ts',
      '/page/../../cli.ts',
      '/%2e%2e/cli.ts',
      '//etc/passwd',
      '/page.js/..%2fsearch-server.ts',
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });

  it('tells what can be asked', async () => {
    const description = JSON.parse((await ask('/api/index')).text);
    expect(description).toMatchObject({
      functions: 123,
      encoder: 'subtoken-bag',
      repositories: [
        { name: 'sample', functions: 122 },
        { name: 'dates', functions: 1 },
      ],
      examples: ['The median of a list of numbers'],
    });
  });

  it('serves a page that loads nothing from elsewhere and has nothing inline', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:|<style|style=|\son\w+=|<script(?![^>]*\bsrc=)/);
    for (const [, path] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      const asset = await ask(path!);
      expect(asset.status).toBe(200);
      expect(asset.text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
        /https?:\/\/|innerHTML|insertAdjacentHTML|\beval\b/,
      );
    }
  });

  it('sends its policy with every answer and leave for no other origin with any', async () => {
    for (const path of ['/', '/page.js', '/api/index', '/api/search', '/nowhere']) {
      const { headers } = await ask(path, { headers: { origin: 'https://example.com' } });
      expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('refuses other names for this machine, other sites and other methods', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      `127.0.0.1.evil.example:${server.port}`,
      '127.0.0.1:1',
      '0.0.0.0',
    ]) {
      expect((await ask('/api/search?q=sort', { host })).status).toBe(403);
    }
    for (const host of [`localhost:${server.port}`, `LOCALHOST:${server.port}`, `[::1]:${server.port}`]) {
      expect((await ask('/', { host })).status).toBe(200);
    }
    const from = (site: string, mode: string) =>
      ask('/api/index', { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode } });
    expect((await from('cross-site', 'no-cors')).status).toBe(403);
    expect((await from('same-site', 'cors')).status).toBe(403);
    expect((await from('same-origin', 'cors')).status).toBe(200);
    expect((await from('cross-site', 'navigate')).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await ask('/api/index', { method });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('is there for this machine alone', async () => {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    if (other === undefined) return;
    await expect(
      new Promise((done, reject) =>
        request({ host: other.address, port: server.port, path: '/' }, done).on('error', reject).end(),
      ),
    ).rejects.toThrow(/ECONNREFUSED/);
  });

  it('answers many at once as it answers one', async () => {
    const questions = Array.from({ length: 40 }, (_, i) => ({ q: `sort ${i} numbers`, top: '5' }));
    const together = await Promise.all(questions.map(search));
    for (const [i, question] of questions.entries()) {
      const ids = ({ hits }: { hits: { id: string; score: number }[] }) =>
        hits.map(({ id, score }) => [id, score]);
      expect(ids(together[i])).toEqual(ids(await search(question)));
    }
  });

  it('names a port that is in use', async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) =>
      taken.listen(0, '127.0.0.1', () => done((taken.address() as { port: number }).port)),
    );
    await expect(startSearchServer(index, { port })).rejects.toThrow(
      `--port: port ${port} is in use: choose another, or 0 for any free one`,
    );
    taken.close();
  });
});

describe('oasis-full serve and search', () => {
  it('give the same results, and serve ends on an interrupt', async () => {
    const child = spawn(process.execPath, [...command, 'serve', '--run', run, '--port', '0'], {
      cwd: root,
      env: environment,
    });
    let printed = '';
    const port = await new Promise<number>((done, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(printed);
        if (found !== null) done(Number(found[1]));
      });
      child.on('exit', () => reject(new Error('ended at once')));
    });
    expect(printed).toContain('123 entries of 2 repositories, 123 of them functions');
    const page = JSON.parse((await ask('/api/search?q=sort+numbers&repository=sample&top=7', { port })).text);
    const ended = new Promise((done) => child.removeAllListeners('exit').on('exit', done));
    child.kill('SIGINT');
    expect(await ended).toBe(0);

    const terminal = oasisFull(
      'search',
      'sort',
      'numbers',
      '--run',
      run,
      '--json',
      '--repository',
      'sample',
      '--top',
      '7',
    );
    const records = terminal.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ source, ...record }) => record)).toEqual(
      page.hits.map(({ tokens, lines, isWhole, ...record }: Record<string, unknown>) => record),
    );
  });

  it('refuse a folder without a run, a filter without functions, a port out of range', async () => {
    await expect(serveRun({ run: join(scratch, 'nowhere'), port: 0 })).rejects.toThrow(
      /--run: expected the folder of a finished run/,
    );
    await expect(searchRun({ question: 'x', run, top: 5, json: false, language: 'cobol' })).rejects.toThrow(
      /language must be one of javascript, python, received "cobol"/,
    );
    const { stderr, status } = oasisFull('serve', '--port', '65536');
    expect(stderr).toMatch(/Expected a whole number ≥ 0 and ≤ 65535, received 65536/);
    expect(status).toBe(1);
  });
});
