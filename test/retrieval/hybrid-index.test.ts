import fc from 'fast-check';
import {
  codeTerms,
  HybridIndex,
  HybridIndexBuilder,
  pathRole,
  type RetrievalEntry,
} from 'oasis-embed/retrieval';
import { describe, expect, it } from 'vitest';

const entries: RetrievalEntry[] = [
  { path: 'src/router.js', name: 'Router', role: 'type', code: 'class Router { match(path) }' },
  {
    path: 'src/router.js',
    name: 'match',
    qualifiedName: 'Router.match',
    code: 'match(path) { return tree.find(path) }',
  },
  {
    path: 'src/router.js',
    name: 'add',
    qualifiedName: 'Router.add',
    code: 'add(path, handler) { tree.insert(path, handler) }',
  },
  {
    path: 'src/log.js',
    name: 'write',
    code: 'function write(line) { out.write(line) }',
    doc: 'Writes a line to the log.',
  },
  {
    path: 'test/router.test.js',
    name: 'routes',
    code: 'test router match path',
    doc: 'A router matches a path',
  },
  { path: 'src/router-adapter.js', name: 'router', code: 'const router = createRouter()' },
  { path: 'src/text.js', name: 'parse_date', code: 'def parse_date(text)' },
];
const index = HybridIndex.build(entries);
const names = (question: string, options = {}) =>
  index
    .rank(question, { top: 10, ...options })
    .map(({ entry }) => entries[entry]!.qualifiedName ?? entries[entry]!.name);

describe('codeTerms', () => {
  it('finds a name in every way of writing it, and its words in prose', () => {
    const [camel, snake, pascal] = ['parseHttpResponses', 'parse_http_responses', 'ParseHTTPResponses'].map(
      codeTerms,
    );
    expect(camel).toEqual(snake);
    expect(pascal).toEqual(camel);
    expect(camel).toEqual(expect.arrayContaining(codeTerms('parsing of the HTTP response')));
  });

  it('drops stop words from prose and keeps words of other scripts whole', () => {
    expect(codeTerms('how are the names of it')).toEqual(['name']);
    expect(codeTerms('解析 日期')).toEqual(['解析', '日期']);
  });
});

describe('pathRole', () => {
  it.each([
    ['src/router.go', 'source'],
    ['src/router_test.go', 'test'],
    ['tests/a.py', 'test'],
    ['src/FooTest.java', 'test'],
    ['src/latest.js', 'source'],
    ['src/contest/run.py', 'source'],
    ['examples/main.rs', 'example'],
    ['api/user.pb.go', 'generated'],
    ['flask/compat/a.py', 'compatibility'],
  ])('%s is %s', (path, role) => {
    expect(pathRole(path)).toBe(role);
  });
});

describe('HybridIndex', () => {
  it('puts a name before all that speaks of it: exact case first, a type before others', () => {
    expect(names('Router')[0]).toBe('Router');
    expect(names('router')[0]).toBe('router');
    expect(names('Router.match')[0]).toBe('Router.match');
    expect(names('Router::match')[0]).toBe('Router.match');
    expect(names('what does parse_date() return')[0]).toBe('parse_date');
  });

  it('takes a part of a file for no definition of the file’s name', () => {
    const parts = HybridIndex.build([
      { path: 'once.js', name: 'once', role: 'text', code: 'module.exports = once; once; once' },
      { path: 'core.js', name: 'once', code: 'function once(func) { return before(2, func) }' },
    ]);
    expect(parts.named('once')).toEqual([1]);
    expect(parts.rank('once', { top: 2 }).map(({ entry }) => entry)).toEqual([1, 0]);
  });

  it('puts a name first whatever a model says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1, max: 1, noNaN: true }), {
          minLength: entries.length,
          maxLength: entries.length,
        }),
        (cosines) => {
          const dense = Float32Array.from(cosines);
          expect(names('Router.add', { dense })[0]).toBe('Router.add');
          expect(names('write', { dense })[0]).toBe('write');
        },
      ),
    );
  });

  it('finds by doc, by stem, and by path, and lets tests yield', () => {
    expect(names('writing lines')[0]).toBe('write');
    const routes = names('router matches a path');
    expect(routes.indexOf('routes')).toBeGreaterThan(routes.indexOf('Router.match'));
  });

  it('goes by the cosines alone in mode dense, and without them in mode lexical', () => {
    const dense = Float32Array.of(0.1, 0.5, 0.2, 0.9, 0.3, 0.05, 0.4);
    const ranked = index.rank('router', { top: 3, dense, mode: 'dense' });
    expect(ranked.map(({ entry }) => entry)).toEqual([3, 1, 6]);
    expect(ranked[0]).toMatchObject({ score: dense[3], evidence: { modelRank: 1, wordsRank: null } });
    expect(index.rank('router', { top: 9, dense, mode: 'lexical' })).toEqual(
      index.rank('router', { top: 9 }),
    );
  });

  it('finds nothing for unknown words without a model, and knows that it does not know them', () => {
    expect(index.rank('qzxv wvut', { top: 5 })).toEqual([]);
    expect(index.knows(index.read('qzxv wvut'))).toBe(false);
    expect(index.knows(index.read('a router'))).toBe(true);
  });

  it('answers with what is allowed, and ranks it as if there were nothing else', () => {
    const allowed = (entry: number) => entry === 2 || entry === 4;
    const ranked = index.rank('path', { top: 5, allowed });
    expect(ranked.map(({ entry }) => entry).sort()).toEqual([2, 4]);
    expect(ranked.map(({ evidence }) => evidence.wordsRank).sort()).toEqual([1, 2]);
  });

  it('is the same from its data, and with longer answers as far as the shorter ones go', () => {
    const copy = HybridIndex.from(structuredClone(index.data));
    for (const question of ['router match', 'log a line', 'Router']) {
      expect(copy.rank(question, { top: 5 })).toEqual(index.rank(question, { top: 5 }));
      expect(index.rank(question, { top: 5 }).slice(0, 2)).toEqual(index.rank(question, { top: 2 }));
    }
  });

  it('puts functions before their type, and asked for files other files before further entries', () => {
    const question = 'matches a path in the tree';
    const paths = (by?: 'entry' | 'file') =>
      index
        .rank(question, { top: 7, ...(by === undefined ? {} : { by }) })
        .map(({ entry }) => entries[entry]!);
    const router = (by?: 'entry' | 'file') =>
      paths(by).flatMap(({ path, name }, place) => (path === 'src/router.js' ? [{ name, place }] : []));
    expect(router().map(({ name }) => name)).toEqual(['match', 'add', 'Router']);
    const last = (by: 'entry' | 'file') => router(by).at(-1)!.place;
    expect(last('file')).toBeGreaterThan(last('entry'));
  });

  it('tells equal paths of two repositories apart, and refuses a file in two parts', () => {
    const builder = new HybridIndexBuilder();
    const entry = { path: 'a.js', name: 'one', code: 'one()' };
    builder.add({ ...entry, repository: 'x' });
    builder.add({ ...entry, repository: 'y' });
    expect(() => builder.add({ ...entry, repository: 'x' })).toThrow(
      'entries of one file must come together, received another of a.js',
    );
    const built = builder.finish();
    expect(built.data.paths).toEqual(['a.js', 'a.js']);
    expect(() => built.rank('one', { top: 1, dense: new Float32Array(1) })).toThrow(
      'dense must have shape [N] = [2], received 1',
    );
  });
});
