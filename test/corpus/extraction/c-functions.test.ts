import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const read = async (source: string) =>
  (await analyzeRepository(await folderOf({ 'a.c': source }))).functions.map(
    ({ name, doc, source: text }) => ({
      name,
      doc,
      text,
    }),
  );

const names = async (source: string) => (await read(source)).map(({ name }) => name);

describe('functions of C', () => {
  it.each([
    ['API int (named)(int a) { return a; }', ['named']],
    ['int old(a, b)\nint a;\nchar *b;\n{ return a; }', ['old']],
    ['main() { return 0; }', ['main']],
    ['PHP_FUNCTION(length) { f(); }', ['length']],
    ['SYSCALL_DEFINE2(open, int, a, int, b)\n{\n  return 0;\n}', ['open']],
    ['int f(void) { { int a; } return 0; }', ['f']],
    [
      'int f(void) {\n  if (x) {\n    y();\n\n}\n\nint g(void) { return 1; }\nint h(void) { return 2; }\n',
      ['f', 'g', 'h'],
    ],
    ['int f(void) {\n  if (x) { \nint g(void) { return 1; }\n', ['f', 'g']],
    ['void f(void) { if (x) } int g(void) { else { y(); } }\n', ['f', 'g']],
  ] as const)('%s', async (source, expected) => {
    expect(await names(source)).toEqual(expected);
  });

  it('are whole where a macro or old C parts head and body', async () => {
    const source = '/* Opens. */\nSYSCALL_DEFINE1(open, int, a)\n{\n  return 0; // x\n}';
    const [found] = await read(source);
    expect(found).toEqual({ name: 'open', doc: 'Opens.', text: source.slice(13) });
  });

  it('have their docs behind an #include and a #define', async () => {
    const source = '#include <a.h>\n/* Does f. */\nint f(void) { }\n#define A 1\n// Does g.\nint g(void) { }';
    expect((await read(source)).map(({ doc }) => doc)).toEqual(['Does f.', 'Does g.']);
  });

  it('survive a conditional that cuts a block in two', async () => {
    const source = `/* Does f. */
int f(int x) {
#ifdef A
  if (x) {
#else
  if (!x) {
#endif
    return 1;
  }
  return 0;
}
#ifdef B
int g(int a, int b) {
#else
int g(int a) {
#endif
  return a;
}
#ifdef C
int h(void) { return 1; }
#else
int i(void) { return 2; }
#endif
`;
    const found = await read(source);
    expect(found.map(({ name }) => name)).toEqual(['f', 'g', 'h', 'i']);
    expect(found[0]!.doc).toBe('Does f.');
    expect(found[0]!.text).toContain('if (!x) {');
  });

  it('end where the next one begins at the margin', async () => {
    const source = `int f(int x) {
  if (x) {
  return 0;
}

/* Does g. */
static int g(void)
{
  return 1;
}

int h(void) { return "}{" [0]; }
`;
    const found = await read(source);
    expect(found.map(({ name }) => name)).toEqual(['f', 'g', 'h']);
    expect(found[1]!.doc).toBe('Does g.');
    expect(found[0]!.text).not.toContain('g(void)');
  });
});
