import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a thread evaluates first. It does not inherit the loader of TypeScript: it registers its own before anything else. */
export const threadBootstrap = (entry: URL): string => {
  const load = `import(${JSON.stringify(entry.href)})`;
  if (!entry.pathname.endsWith('.ts')) return load;
  const loader = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs');
  const api = JSON.stringify(pathToFileURL(loader).href);
  return `import(${api}).then(({ register }) => { register(); return ${load}; });`;
};
