import { isFalseNegative, type PlantedKind, plantedKinds } from './plant-negatives.js';

/** How a rule or a judge does on planted negatives. */
export interface DetectionRates {
  /** Of those found, the share that are false negatives; NaN where none is found. */
  readonly precision: number;
  /** Of the false negatives, the share that is found; NaN where there is none. */
  readonly recall: number;
  /** By kind: how many there are, and how many are found. */
  readonly byKind: Readonly<Record<PlantedKind, { readonly planted: number; readonly found: number }>>;
}

/**
 * Precision and recall of whatever marks planted negatives as false.
 *
 * @param kinds [S], what each planted negative is.
 * @param found [S], whether it was suspected, or accepted by a judge.
 * @throws {RangeError} When the lists differ in length.
 *
 * @example
 * ```ts
 * import { detectionRates } from 'oasis-embed/refinement';
 * const kinds = ['renamed-clone', 'renamed-clone', 'unrelated'] as const;
 * const { precision, recall } = detectionRates(kinds, [true, false, false]);
 * console.log(precision, recall); // 1 0.5
 * ```
 */
export const detectionRates = (
  kinds: readonly PlantedKind[],
  found: ArrayLike<boolean | number>,
): DetectionRates => {
  if (found.length !== kinds.length) {
    throw new RangeError(`found must have shape [S] = [${kinds.length}], received [${found.length}]`);
  }
  const byKind = Object.fromEntries(plantedKinds.map((kind) => [kind, { planted: 0, found: 0 }])) as Record<
    PlantedKind,
    { planted: number; found: number }
  >;
  kinds.forEach((kind, i) => {
    byKind[kind].planted++;
    if (found[i]) byKind[kind].found++;
  });
  const sum = (part: 'planted' | 'found', some: readonly PlantedKind[]) =>
    some.reduce((total, kind) => total + byKind[kind][part], 0);
  const falseKinds = plantedKinds.filter(isFalseNegative);
  const hits = sum('found', falseKinds);
  return {
    precision: hits / sum('found', plantedKinds),
    recall: hits / sum('planted', falseKinds),
    byKind,
  };
};
