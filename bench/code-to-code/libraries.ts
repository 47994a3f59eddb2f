/** An entry of a package, from which its exports are followed. */
export interface Library {
  readonly package: string;
  /** An ES module of the package. */
  readonly entry: string;
  readonly license: string;
}

/**
 * Libraries that were written independently of each other; their versions are pinned in package.json. Of es-toolkit also the build that
 * imitates lodash: the same authors, other code.
 */
export const LIBRARIES: readonly Library[] = [
  { package: 'lodash-es', entry: 'lodash.js', license: 'MIT' },
  { package: 'underscore', entry: 'modules/index.js', license: 'MIT' },
  { package: 'es-toolkit', entry: 'dist/index.mjs', license: 'MIT' },
  { package: 'es-toolkit', entry: 'dist/compat/index.mjs', license: 'MIT' },
  { package: 'ramda', entry: 'es/index.js', license: 'MIT' },
  { package: 'rambda', entry: 'dist/rambda.js', license: 'MIT' },
  { package: 'remeda', entry: 'dist/index.js', license: 'MIT' },
  { package: 'radash', entry: 'dist/esm/index.mjs', license: 'MIT' },
];
