/** Builds and packs the packages once, for every file of the suite. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { pack, setup as packEmbed, root, teardown } from './pack-embed.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the tarball. */
    readonly oasisFull: string;
    /** Path of the tarball. */
    readonly generalModel: string;
  }
}

export const setup = (project: TestProject): void => {
  packEmbed(project);
  project.provide('oasisFull', pack(join(root, 'examples/oasis-full')));
  project.provide('generalModel', pack(join(root, 'models/general')));
};

export { teardown };
