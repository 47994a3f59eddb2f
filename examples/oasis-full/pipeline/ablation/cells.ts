import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readSealedJsonIfSound, writeSealedJson } from '../../store/sealed-json.js';

/** A row under one seed: one training. */
export interface AblationCell {
  readonly slug: string;
  readonly seed: number;
}

/** What a finished cell leaves behind, a file each. */
interface CellFile extends AblationCell {
  readonly key: string;
  /** The main measure for each query of the held-out repositories. */
  readonly perQuery: readonly number[];
}

export interface RunCellsOptions {
  readonly folder: string;
  /** Everything the values depend on besides row and seed; a cell made for something else does not count. */
  readonly settings: unknown;
  readonly train: (cell: AblationCell) => Promise<ArrayLike<number>>;
  /** Called after each cell, kept or new, with the number of cells done. */
  readonly onCell?: (done: number, cell: AblationCell, perQuery: readonly number[], kept: boolean) => void;
  /** Is told why a cell that was finished is trained again. */
  readonly onDamage?: (reason: string) => void;
}

const keyOf = (settings: unknown, { slug, seed }: AblationCell): string =>
  createHash('sha256')
    .update(JSON.stringify([settings, slug, seed]))
    .digest('hex');

/**
 * Trains the cells that no earlier run has finished. A cell takes minutes, so each is written when done; a run that was
 * killed, or needs more seeds, continues from there.
 *
 * @returns Values per query, one array per cell.
 */
export const runCells = async (
  cells: readonly AblationCell[],
  { folder, settings, train, onCell, onDamage = () => {} }: RunCellsOptions,
): Promise<readonly (readonly number[])[]> => {
  const found: (readonly number[])[] = [];
  for (const cell of cells) {
    const path = join(folder, `${cell.slug}-seed-${cell.seed}.json`);
    const key = keyOf(settings, cell);
    const earlier = readSealedJsonIfSound<CellFile>(path, onDamage);
    const kept = earlier?.key === key;
    const perQuery = kept ? earlier.perQuery : Array.from(await train(cell));
    if (!kept) await writeSealedJson(path, { ...cell, key, perQuery } satisfies CellFile);
    found.push(perQuery);
    onCell?.(found.length, cell, perQuery, kept);
  }
  return found;
};
