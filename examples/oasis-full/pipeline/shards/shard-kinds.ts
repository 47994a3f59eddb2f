import type { DocstringsKind } from './docstrings.js';
import type { ExtractKind } from './extract.js';
import type { ImportKind } from './import.js';
import type { LabelerKind } from './labeler.js';
import type { LabelsKind } from './labels.js';
import type { LayoutKind } from './layout.js';
import type { MixtureKind } from './mixture.js';
import type { PairsKind } from './pairs.js';
import type { QueriesKind } from './queries.js';
import type { RefineKind } from './refine.js';
import type { ScaledKind, ScalingKind } from './teachers.js';
import type { TreesKind } from './trees.js';

/** What each kind of shard is told and what it tells, in the order of the recipe. */
export interface ShardKinds {
  readonly extract: ExtractKind;
  readonly import: ImportKind;
  readonly docstrings: DocstringsKind;
  readonly queries: QueriesKind;
  readonly trees: TreesKind;
  readonly labeler: LabelerKind;
  readonly pairs: PairsKind;
  readonly layout: LayoutKind;
  readonly labels: LabelsKind;
  readonly scaling: ScalingKind;
  readonly scaled: ScaledKind;
  readonly mixture: MixtureKind;
  readonly refine: RefineKind;
}
