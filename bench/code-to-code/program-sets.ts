import { type FlatTree, flattenTree, treeEditRatio } from '../../src/ast/index.js';
import { declaredNames, renameLocals } from '../../src/refinement/edit-code.js';
import { loadLanguage } from '../../src/syntax/index.js';
import type { LibraryProgram } from './library-programs.js';

/** Trees up to this edit distance over the sum of their sizes are near-copies. */
const NEAR_COPY = 0.2;

/**
 * Of each name one program for each library, and of near-copies the first: what remains was written independently. Names with fewer than
 * two programs fall away.
 */
export const independentPrograms = async (programs: readonly LibraryProgram[]): Promise<LibraryProgram[]> => {
  const parser = await loadLanguage('javascript');
  const byLabel = new Map<string, { program: LibraryProgram; tree: FlatTree }[]>();
  for (const program of programs) {
    const kept = byLabel.get(program.label) ?? [];
    const tree = parser.withSnippet(program.func, (cursor) => flattenTree(cursor));
    const isNew = kept.every(
      (other) => other.program.library !== program.library && treeEditRatio(other.tree, tree) > NEAR_COPY,
    );
    byLabel.set(program.label, isNew ? [...kept, { program, tree }] : kept);
  }
  return [...byLabel.values()].flatMap((kept) => (kept.length < 2 ? [] : kept.map(({ program }) => program)));
};

/** Programs that are one function, each followed by itself with its parameters and variables renamed; a label for each two. */
export const renamedClones = async (programs: readonly LibraryProgram[]): Promise<LibraryProgram[]> => {
  const parser = await loadLanguage('javascript');
  const names = programs.map(({ func }) => declaredNames(parser, func));
  return programs.flatMap((program, i) => {
    // Names of the programs that follow: another mix for each, the same in every run.
    const others = Array.from(
      { length: 60 },
      (_, step) => names[(i + 7 * (step + 1)) % names.length]!,
    ).flat();
    const func = renameLocals(parser, program.func, others);
    const label = `${program.label} of ${program.file}`;
    return func === null
      ? []
      : [
          { ...program, label },
          { ...program, label, func },
        ];
  });
};
