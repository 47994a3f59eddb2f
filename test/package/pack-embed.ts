/** Builds and packs oasis-embed once, for every file of the suite. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the tarball. */
    readonly oasisEmbed: string;
  }
}

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
let scratch = '';

/** Packs a folder, whose `prepack` builds it. */
export const pack = (folder: string): string => {
  execFileSync('npm', ['pack', '--pack-destination', scratch], { cwd: folder, stdio: ['ignore', 2, 2] });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return join(scratch, `${manifest.name}-${manifest.version}.tgz`);
};

export const setup = ({ provide }: TestProject): void => {
  scratch = mkdtempSync(join(tmpdir(), 'oasis-tarballs-'));
  // OASIS_TARBALL names one that was packed before.
  provide('oasisEmbed', process.env.OASIS_TARBALL ?? pack(root));
};

export const teardown = (): void => rmSync(scratch, { recursive: true, force: true });
