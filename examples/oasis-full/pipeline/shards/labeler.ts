import { dirname } from 'node:path';
import { LsaEncoder } from 'oasis-embed/encoders';
import type { ShardFunction } from '../../engine/shard-function.js';
import { readGroup } from './group.js';

export interface LabelerOptions {
  readonly dimensions: number;
  readonly seed: number;
  /** One function of so many is read, by its number. */
  readonly every: number;
  /** How many groups; inputs are all their members, then all their queries. */
  readonly groups: number;
}

/**
 * Functions whose texts LSA is fitted to, at most: its axes settle long before, while memory and time grow with every
 * text.
 */
export const LABELER_FUNCTIONS = 100_000;

export interface LabelerSummary {
  readonly name: string;
}

export interface LabelerKind {
  readonly options: LabelerOptions;
  readonly how: null;
  readonly summary: LabelerSummary;
}

/** Waits for all texts of the run and fits the offline labeler to them. */
export const labelerShard: ShardFunction<LabelerKind> = async ({ task, path, output, progress }) => {
  const { dimensions, seed, every, groups } = task.options;
  const queries = new Map<number, string>();
  const codes: string[] = [];
  for (let group = 0; group < groups; group++) {
    const functions = await readGroup(
      path(task.inputs[group]!.path),
      path(task.inputs[groups + group]!.path),
      {
        foreign: false,
      },
    );
    for (const { fn, query, docstring, code } of functions) {
      if (fn % every !== 0) continue;
      queries.set(query, docstring);
      codes.push(code);
    }
  }
  // The order of groups and functions is that of the run, whatever the number of workers.
  const labeler = LsaEncoder.fit([...queries.values(), ...codes], {
    dimensions: Math.min(dimensions, codes.length),
    seed,
    onProgress: (done, total) => progress(done, total, 'passes of LSA over the training texts'),
  });
  const files = ['config.json', 'vocabulary.json', 'model.safetensors'].map((file) =>
    output(`model/${file}`),
  );
  await labeler.save(dirname(files[0]!));
  const summary: LabelerSummary = { name: labeler.name };
  return { rows: queries.size + codes.length, summary };
};
