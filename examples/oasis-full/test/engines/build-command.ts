/**
 * Builds the command and its threads once for the suite, from the sources. Its tests start a hundred processes: through
 * the loader of TypeScript each takes three times as long to start, and each of its threads again.
 */
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the built programs. */
    readonly enginesBuild: string;
  }
}

const here = dirname(fileURLToPath(import.meta.url));
const source = resolve(here, '../../../../src');
const outdir = resolve(here, `../../dist/engines-${process.pid}`);

export const setup = async ({ provide }: TestProject): Promise<void> => {
  await build({
    entryPoints: {
      cli: join(here, '../../cli.ts'),
      'limit-process': join(here, 'limit-process.ts'),
      'shard-thread': join(here, '../../pipeline/shard-thread.ts'),
      'extraction-worker': join(source, 'corpus/extraction/extraction-worker.ts'),
      'ast/join-worker': join(source, 'ast/join/join-worker.ts'),
      'ranks/ranks-worker': join(source, 'metrics/ranks/ranks-worker.ts'),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    plugins: [
      {
        name: 'own-sources',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^oasis-embed(\/|$)/ }, ({ path }) => ({
            path: join(source, path.slice('oasis-embed'.length), 'index.ts'),
          })),
      },
    ],
  });
  provide('enginesBuild', outdir);
};

export const teardown = (): void => rmSync(outdir, { recursive: true, force: true });
