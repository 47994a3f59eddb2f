/** A program of the set. */
export interface LibraryProgram {
  /** The name of the function, which the program itself does not show. */
  readonly label: string;
  readonly library: string;
  readonly file: string;
  readonly func: string;
}

/** Programs of names that stand in at least two libraries; what is equal to the letter comes once for each label. */
export const libraryPrograms = (read: readonly LibraryProgram[]): LibraryProgram[] => {
  const byLabel = new Map<string, LibraryProgram[]>();
  for (const program of read) {
    const known = byLabel.get(program.label) ?? [];
    if (!known.some(({ func }) => func === program.func)) byLabel.set(program.label, [...known, program]);
  }
  const isShared = (programs: readonly LibraryProgram[]) =>
    new Set(programs.map(({ library }) => library)).size >= 2;
  return [...byLabel]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, programs]) => (isShared(programs) ? programs : []));
};
