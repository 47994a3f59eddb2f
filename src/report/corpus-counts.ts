import type { CorpusReport } from './report-data.js';

/** A part of the corpus. */
export type Split = CorpusReport['repositories'][number]['split'];

/** How many repositories there are by name; one divided over splits counts once. */
export const repositoryCount = (corpus: CorpusReport, split?: Split): number =>
  new Set(corpus.repositories.filter((r) => split === undefined || r.split === split).map((r) => r.name))
    .size;

/** Whether some repository gives functions to more than one split. */
export const splitsShareRepositories = (corpus: CorpusReport): boolean => {
  const splitOf = new Map<string, Split>();
  return corpus.repositories.some(({ name, split }) => {
    const other = splitOf.get(name);
    splitOf.set(name, split);
    return other !== undefined && other !== split;
  });
};
