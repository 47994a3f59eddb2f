import { describe, expect, it } from 'vitest';
import { describesNothing } from '../../../src/corpus/docs/bare-comment.js';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

/** The doc that a bare comment is taken for, above a function of TypeScript. */
const docOf = async (comment: string, name = 'run'): Promise<string | null> => {
  const root = await folderOf({ 'a.ts': `const x = 1;\n\n${comment}\nexport function ${name}() {}\n` });
  return (await analyzeRepository(root)).functions[0]!.doc;
};

describe('a bare comment', () => {
  it.each<[what: string, comment: string, name?: string]>([
    ['a label', '// registries'],
    ['a label that repeats the name', '// .partialRecord', 'partialRecord'],
    ['a heading', '// Utility functions'],
    ['a heading with its list', '// Helpers — labels, articles, and verbs'],
    ['a note to oneself', '// TODO: remove once the server sends dates'],
    ['a warning', '// WARNING: untested on big endian machines.'],
    ['a credit', '// Adapted from scala.util.hashing.MurmurHash#productHash.'],
    ['a reason', '// needed for bin-compat'],
    ['a note on several', '// These apply to durations but not to times.'],
    ['a condition', '// precond: both chunks are nonempty'],
    ['a heading of a section', '// Members declared in cats.FlatMap'],
    ['a note to a tool', '// scalafix:ok Http4s.copy; bincompat until 1.0'],
    ['code out of use', '// const add = (a) =>\n//   (b) => {\n//   return a + b;\n// };'],
    ['usage', '// HELLO [<version> [AUTH <user> <password>]]'],
  ])('that is %s is no doc', async (...[, comment, name]) => {
    expect(await docOf(comment, name)).toBeNull();
  });

  it.each([
    '// Reads the file.',
    '// Opens.',
    '// return length of the string (ignoring metadata attached)',
    '// Helpers for the parser are made here.',
    '// TODO: rename.\n//\n// Reads the file.',
    '// Unused bytes are skipped.',
    '// We are called for every entry in the cache.',
  ])('that says what the function does is one: %s', async (comment) => {
    expect(await docOf(comment)).toBe(comment.replace(/^\/\/ ?/gm, ''));
  });

  it('takes no time out of proportion', () => {
    for (const part of ['[a ', '<a ', 'a.', 'a-'])
      expect([part, describesNothing(`AB ${part.repeat(300_000)}`, 'run')]).toEqual([part, false]);
  });

  it('loses nothing where it is a doc comment', async () => {
    expect(await docOf('/** registries */')).toBe('registries');
  });
});
