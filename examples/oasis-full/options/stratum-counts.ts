/** Where negatives are looked for before the rest is drawn at random. */
export const STRATA = ['calls', 'lexical', 'twins'] as const;
export type StratumName = (typeof STRATA)[number];

/** How many of the K negatives come from each stratum at most. */
export type StratumCounts = Readonly<Partial<Record<StratumName, number>>>;

/**
 * Reads `calls=2 lexical=2 twins=1`.
 *
 * @throws Error naming what was expected.
 */
export const parseStrata = (words: readonly string[]): StratumCounts => {
  const counts: Partial<Record<StratumName, number>> = {};
  for (const word of words) {
    const [name, count] = word.split('=');
    const stratum = STRATA.find((known) => known === name);
    if (stratum === undefined || !/^\d+$/.test(count ?? '') || counts[stratum] !== undefined) {
      throw new Error(
        `--negative-strata: expected ${STRATA.join('=N, ')}=N, each once at most, received ${word}`,
      );
    }
    counts[stratum] = Number(count);
  }
  return counts;
};
