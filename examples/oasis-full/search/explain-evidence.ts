import type { RankEvidence } from 'oasis-embed/retrieval';

/** Why an entry is where it is, in a few words. */
export const explainEvidence = (evidence: RankEvidence): string => {
  const { wordsRank, fileRank, modelRank, cosine, inFileName, named, path } = evidence;
  const parts = [
    named === 'exact' ? 'the name asked for' : named === 'any-case' ? 'the name but for its case' : '',
    wordsRank === null ? '' : `words #${wordsRank}`,
    modelRank === null || cosine === null ? '' : `model #${modelRank} (${cosine.toFixed(2)})`,
    fileRank === null ? '' : `file #${fileRank}`,
    inFileName > 0 ? `${Math.round(100 * inFileName)}% in the file's name` : '',
    path === 'source' ? '' : path,
  ];
  return parts.filter((part) => part !== '').join(' · ');
};
