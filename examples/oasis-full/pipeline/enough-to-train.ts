import type { Split } from '../corpus/owner-split.js';
import type { CorpusSummary } from './stages/corpus.js';

const SIDES: readonly Split[] = ['train', 'validation', 'test'];

/** Fewer training functions than this have taught no model anything that could be measured. */
const FEW = 200;

/** Documented functions of each side. */
const sizesOf = ({ repositories }: Pick<CorpusSummary, 'repositories'>): Readonly<Record<Split, number>> => {
  const sizes = { train: 0, validation: 0, test: 0 };
  for (const { splits } of repositories) for (const side of SIDES) sizes[side] += splits[side] ?? 0;
  return sizes;
};

/**
 * Says before training what it lacks: functions to learn from, to choose the best step by, and to measure on.
 *
 * @returns a line of advice where there is little to learn from, else null
 * @throws Error where a side of the split has no documented function: a file or repository is never divided.
 */
export const requireEnoughToTrain = (corpus: CorpusSummary): string | null => {
  const sizes = sizesOf(corpus);
  const missing = SIDES.filter((side) => sizes[side] === 0);
  const counts = SIDES.map((side) => `${sizes[side]} ${side}`).join(', ');
  const { documented, found, splitUnit } = corpus;
  if (missing.length > 0) {
    const unit = splitUnit === 'file' ? 'files' : 'repositories';
    throw new Error(
      `too little to train on: ${documented} of ${found} functions have a doc comment to learn from (${counts}), and no ` +
        `${splitUnit === 'file' ? 'file' : 'repository'} is divided; training needs them in at least three ${unit}. ` +
        'Name more code by --repos, have docstrings written by --docstrings fill, or search without training: ' +
        'oasis-full index FOLDER',
    );
  }
  if (sizes.train >= FEW) return null;
  return (
    `${sizes.train} documented functions are few to learn from (${counts}): expect little of the model; ` +
    'oasis-full index FOLDER searches without one'
  );
};
