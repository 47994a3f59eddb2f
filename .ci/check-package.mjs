/**
 * Fails where the package in the current folder is not whole: a path that package.json names, or that a built file
 * imports, starts as a thread or reads, is missing or empty. `prepack` runs it after the build.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** Every path in a part of the manifest, however deep. */
const pathsOf = (part) =>
  typeof part === 'string'
    ? [part]
    : part !== null && typeof part === 'object'
      ? Object.values(part).flatMap(pathsOf)
      : [];

const problems = [];
const need = (path, by) => {
  const stats = existsSync(path) ? statSync(path) : null;
  if (stats === null) problems.push(`${path} is missing, which ${by} names`);
  else if (stats.isFile() && stats.size === 0) problems.push(`${path} is empty, which ${by} names`);
};

const { exports: entries, bin, main, module, types, files = [] } = manifest;
for (const path of pathsOf([entries, bin, main, module, types, files].filter((part) => part !== undefined))) {
  need(path, 'package.json');
}

/** Relative paths in imports, requires and URLs beside the module; literals alone, which is what the builds write. */
const relative = /(?:from\s*|import\s*\(?\s*|require\(\s*|new URL\(\s*)(["'`])(\.{1,2}\/[^"'`$\s]+)\1/g;
const built = existsSync('dist') ? readdirSync('dist', { recursive: true, encoding: 'utf8' }) : [];
for (const file of built.filter((path) => /\.c?js$/.test(path))) {
  const path = join('dist', file);
  for (const [, , specifier] of readFileSync(path, 'utf8').matchAll(relative)) {
    need(resolve(dirname(path), specifier), path);
  }
}

// Threads are files that a module looks for at several places: one of them must be there.
const thread = /[\w-]+-(?:worker|thread)\.c?js(?=["'`])/g;
const names = new Set(built.map((path) => basename(path)));
for (const file of built.filter((path) => /\.c?js$/.test(path))) {
  for (const [name] of readFileSync(join('dist', file), 'utf8').matchAll(thread)) {
    if (!names.has(name)) problems.push(`${name} is missing, which dist/${file} starts as a thread`);
  }
}

if (problems.length > 0) {
  console.error(
    `error: ${manifest.name} is not whole, and is not packed:\n  ${problems.slice(0, 20).join('\n  ')}`,
  );
  process.exitCode = 1;
}
