/** Why a file is not in an index, for people. */
const WHY: Readonly<Record<string, string>> = {
  vendored: 'code of others: node_modules, vendor and the like',
  built: 'build output: dist, build and the like',
  ignored: 'named by a .gitignore',
  excluded: 'named by --exclude, .oasisignore or .gitattributes',
  link: 'links, which are not followed',
  submodule: 'another repository',
  'too-large': 'larger than --max-file-kb',
  generated: 'written by a program',
  minified: 'minified',
  declarations: 'TypeScript declarations without code',
  'compiled-copy': 'the same module compiled to another format',
  binary: 'no text',
  unreadable: 'gone, or not to be read',
  unparsable: 'given up by the parser',
  test: 'tests: --include-tests has them',
  'no source code': 'no source code',
};

/** `3 generated (written by a program)`, the most first. */
export const leftOutLines = (leftOut: Readonly<Record<string, number>>): string[] =>
  Object.entries(leftOut)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => {
      const why = WHY[reason] ?? reason;
      return `${count} ${reason}${why === reason ? '' : ` (${why})`}`;
    });

/** The same in one line, without why. */
export const describeLeftOut = (leftOut: Readonly<Record<string, number>>): string =>
  Object.entries(leftOut)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
