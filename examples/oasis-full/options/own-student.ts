import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Students by the `kind` in the config.json that this project writes for them. */
const STUDENTS = { 'subtoken-bag': 'bag', adapter: 'head', static: 'static' } as const;

/**
 * What an earlier run trained, where a folder holds such a model and no checkpoint of a transformer: training goes on from its
 * weights. Null for anything else, such as a name on the hub.
 */
export const ownStudent = (folder: string): (typeof STUDENTS)[keyof typeof STUDENTS] | null => {
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  } catch {
    return null; // Whoever opens the folder says what is wrong with it.
  }
  const { kind } = (config ?? {}) as { readonly kind?: unknown };
  return typeof kind === 'string' && Object.hasOwn(STUDENTS, kind)
    ? STUDENTS[kind as keyof typeof STUDENTS]
    : null;
};
