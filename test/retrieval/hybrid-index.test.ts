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
    ['include/event2/dns.h', 'header'],
    ['tests/util.h', 'test'],
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

  it('puts the file that defines before the header that declares', () => {
    const doc = 'Resolves a name by asking servers.';
    const pair = HybridIndex.build([
      { path: 'dns.h', name: 'resolve', code: 'int resolve(const char *name);', doc },
      { path: 'dns.c', name: 'resolve', code: 'int resolve(const char *name) { return ask(name); }', doc },
    ]);
    expect(pair.rank('resolve a name by servers', { top: 2 }).map(({ entry }) => entry)).toEqual([1, 0]);
  });

  it('finds what a sentence says in another form, and holds a name apart from it', () => {
    const forms = HybridIndex.build([
      { path: 'a.js', name: 'bus', code: 'function bus(handler) { keep(handler) }' },
      { path: 'b.js', name: 'tree', code: 'function tree(leaf) { grow(leaf) }' },
    ]);
    expect(forms.rank('where it is handled', { top: 2 }).map(({ entry }) => entry)).toEqual([0]);
    expect(forms.rank('handled', { top: 2 })).toEqual([]);
    expect(forms.knows(forms.read('where it is handled'))).toBe(true);
    expect(forms.knows(forms.read('handled'))).toBe(false);
  });

  it('finds a file by the end of a word of its name', () => {
    const glued = HybridIndex.build([
      { path: 'evdns.c', name: 'start', code: 'start(rpc)' },
      { path: 'evrpc.c', name: 'start', code: 'start(rpc)' },
    ]);
    const [first, second] = glued.rank('how rpc starts', { top: 2 });
    expect([first!.entry, second!.entry]).toEqual([1, 0]);
    expect(first!.evidence.inFileName).toBe(0.25);
  });

  it('puts the file that others use before its equal, asked in a sentence', () => {
    const code = 'const parcel = weigh(parcel)';
    const used = HybridIndex.build([
      { path: 'a.js', name: 'oldParcel', code },
      { path: 'b.js', name: 'newParcel', code },
      { path: 'c.js', name: 'send', code: 'send(newParcel())' },
      { path: 'd.js', name: 'keep', code: 'keep(newParcel())' },
    ]);
    expect([...used.data.uses]).toEqual([0, 2, 0, 0]);
    expect(used.rank('weighing the parcel', { top: 2 }).map(({ entry }) => entry)).toEqual([1, 0]);
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

  it('puts functions before their type', () => {
    const router = index.rank('matches a path in the tree', { top: 7 }).map(({ entry }) => entries[entry]!);
    expect(router.filter(({ path }) => path === 'src/router.js').map(({ name }) => name)).toEqual([
      'match',
      'add',
      'Router',
    ]);
  });

  it('asked for files, puts other files before further entries of one', () => {
    const pair = HybridIndex.build([
      { path: 'a.js', name: 'treeLeafPath', code: 'tree leaf path' },
      { path: 'a.js', name: 'treePath', code: 'tree path' },
      { path: 'b.js', name: 'other', code: 'tree' },
    ]);
    const order = (by: 'entry' | 'file') =>
      pair.rank('the path of a leaf in the tree', { top: 3, by }).map(({ entry }) => entry);
    expect(order('entry')).toEqual([0, 1, 2]);
    expect(order('file')).toEqual([0, 2, 1]);
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
