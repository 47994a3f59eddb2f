import { join } from 'node:path';
import type { StoredFunction } from '../../../examples/oasis-full/corpus/stored-function.js';
import { analyzeRepository } from '../../../src/corpus/index.js';
import type { OtherVersion } from '../../../src/refinement/index.js';

/** Earlier versions of training packages of the default run. */
export const EARLIER_VERSIONS = {
  three: '0.150.1',
  ol: '8.2.0',
  luxon: '2.5.2',
  ramda: '0.28.0',
  tone: '14.7.77',
} as const;

const identity = ({ path, qualifiedName }: Pick<StoredFunction, 'path' | 'qualifiedName'>): string =>
  `${path}\n${qualifiedName}`;

/** The functions of a run as other versions of their packages have them: the same path and qualified name. */
export const otherVersions = async (
  folder: string,
  functions: readonly Pick<StoredFunction, 'repository' | 'path' | 'qualifiedName' | 'code'>[],
): Promise<OtherVersion[]> => {
  const found: OtherVersion[] = [];
  for (const repository of Object.keys(EARLIER_VERSIONS)) {
    const analysis = await analyzeRepository(join(folder, 'node_modules', repository), { repository });
    const codes = new Map<string, string | null>();
    // A name that stands twice says too little.
    for (const fn of analysis.functions)
      codes.set(identity(fn), codes.has(identity(fn)) || fn.hasSyntaxError === true ? null : fn.code);
    functions.forEach((fn, i) => {
      const code = fn.repository === repository ? (codes.get(identity(fn)) ?? null) : null;
      if (code !== null) found.push({ function: i, code });
    });
  }
  return found;
};
