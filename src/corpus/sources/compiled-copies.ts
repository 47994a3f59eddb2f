import type { ListedFile } from './list-files.js';

/** Folders named after a module format, the likeliest to be read by people first. */
const FORMATS = [
  'esm',
  'es',
  'esnext',
  'modern',
  'es2020',
  'es2015',
  'es6',
  'module',
  'mjs',
  'esm5',
  'es5',
  'cjs',
  'commonjs',
  'amd',
  'system',
  'umd',
];
const EXTENSIONS = ['.tsx', '.ts', '.mts', '.cts', '.jsx', '.mjs', '.js', '.cjs'];

interface Place {
  readonly key: string;
  readonly rank: number;
}

const placeOf = (path: string): Place | null => {
  const extension = /\.[^./]+$/.exec(path)?.[0] ?? '';
  const order = EXTENSIONS.indexOf(extension);
  if (order < 0) return null;
  let rank = order;
  const segments = path.slice(0, -extension.length).split('/');
  const key = segments.map((segment, depth) => {
    const format = depth < segments.length - 1 ? FORMATS.indexOf(segment) : -1;
    if (format < 0) return segment;
    rank += 100 * (format + 1);
    return '*';
  });
  return { key: key.join('/'), rank };
};

/**
 * The paths that are another module format's copy of a file that is kept: `add.cjs` beside `add.js`,
 * `lib/cjs/add.js` beside `lib/esm/add.js`, `lib/add.js` compiled from `src/add.ts`.
 */
export const compiledCopies = (files: readonly ListedFile[]): ReadonlySet<string> => {
  const copies = new Set<string>();
  const best = new Map<string, { path: string; rank: number }>();
  const typed = new Set<string>();
  for (const { path } of files) {
    const place = placeOf(path);
    if (place === null) continue;
    if (/(^|\/)src\/.*\.[mc]?tsx?$/.test(path))
      typed.add(path.replace(/(^|\/)src\//, '$1*/').replace(/\.\w+$/, ''));
    const known = best.get(place.key);
    if (known === undefined) best.set(place.key, { path, rank: place.rank });
    else if (place.rank < known.rank) {
      copies.add(known.path);
      best.set(place.key, { path, rank: place.rank });
    } else copies.add(path);
  }
  for (const { path } of files) {
    if (!/\.[mc]?jsx?$/.test(path)) continue;
    const stem = path
      .replace(/(^|\/)(?:lib|dist|es|esm|cjs)\/(?:(?:cjs|esm|es|commonjs)\/)?/, '$1*/')
      .replace(/\.\w+$/, '');
    if (typed.has(stem)) copies.add(path);
  }
  return copies;
};
