import { RANKING } from './ranking.js';

const PREFIX = 3;

/** Whether a term is a word of a name, or one of both begins with the other. */
const isAmong = (term: string, parts: readonly string[]): boolean =>
  parts.some((part) => {
    if (part === term) return true;
    const [short, long] = part.length < term.length ? [part, term] : [term, part];
    return short.length >= PREFIX && long.startsWith(short);
  });

/** Whether a word of a name ends with a term, as `evrpc` with rpc: projects glue their prefix to names of files. */
const isEnd = (term: string, parts: readonly string[]): boolean =>
  term.length >= PREFIX && parts.some((part) => part.endsWith(term));

/** The words of a question in a name, as a share of all of them. */
export const shareInName = (terms: readonly string[], name: readonly string[]): number =>
  terms.length === 0 ? 0 : terms.filter((term) => isAmong(term, name)).length / terms.length;

/** The words of a question in a file's name, those in its folder's in part, as a share of all of them. */
export const shareInPath = (
  terms: readonly string[],
  { stem, folder }: { readonly stem: readonly string[]; readonly folder: readonly string[] },
): number => {
  let sum = 0;
  for (const term of terms) {
    if (isAmong(term, stem)) sum += 1;
    else if (isEnd(term, stem)) sum += RANKING.endShare;
    else if (isAmong(term, folder)) sum += RANKING.folderShare;
  }
  return terms.length === 0 ? 0 : sum / terms.length;
};
