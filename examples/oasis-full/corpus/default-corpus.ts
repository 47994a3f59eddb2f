import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LanguageId } from 'oasis-embed/syntax';
import { findPackage } from '../store/find-package.js';
import { packageFolder } from '../store/package-folder.js';

/** A folder of source that counts as one repository, or a file of functions of any repositories. */
export interface RepositorySource {
  /** @defaultValue 'folder' */
  readonly kind?: 'folder' | 'functions';
  readonly name: string;
  readonly root: string;
  /** Repositories of one owner (an npm scope) stay on one side of the split. */
  readonly owner: string;
  /** Changes when the content may have changed. */
  readonly version: string;
  /** Only these languages are read; every supported one where left out. */
  readonly languages?: readonly LanguageId[];
}

interface Manifest {
  readonly version: string;
  readonly corpus?: readonly string[];
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const CORPUS_PACKAGE = 'oasis-default-corpus';

/**
 * The npm packages that `examples/default-corpus` pins and lists under `corpus`: a checkout has them, the
 * published package does not.
 */
export const defaultCorpus = (): RepositorySource[] => {
  const corpus = findPackage(CORPUS_PACKAGE, packageFolder);
  if (corpus === null) {
    throw new Error(
      'no repository given: pass folders with --repos FOLDER…, or files of functions with --functions FILE… ' +
        '(the default corpus belongs to a checkout of oasis-embed)',
    );
  }
  return (readManifest(corpus).corpus ?? []).map((name) => {
    const root = findPackage(name, corpus);
    if (root === null) {
      throw new Error(
        `the corpus package ${name} is not installed: run npm ci, or name your own code with --repos`,
      );
    }
    const owner = name.startsWith('@') ? (name.split('/')[0] ?? name) : name;
    // Some packages ship the C sources of native parts that their JavaScript repeats.
    return {
      name,
      root,
      owner,
      version: readManifest(root).version,
      languages: ['javascript', 'typescript', 'tsx'],
    };
  });
};
