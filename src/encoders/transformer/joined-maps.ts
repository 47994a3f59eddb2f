import type {
  AttentionDescription,
  FeedForwardDescription,
  LinearDescription,
} from '../description/index.js';

/** One linear map in memory: that of a checkpoint, or several of the same input side by side, whose product is one kernel. */
export interface JoinedMap {
  /** A module's path, such as `encoder.layer.0.attention.self.qkv`. */
  readonly name: string;
  readonly maps: readonly LinearDescription[];
}

const moduleOf = ({ weight }: LinearDescription): string => weight.replace(/\.weight$/, '');

export const singleMap = (map: LinearDescription): JoinedMap => ({ name: moduleOf(map), maps: [map] });

/** The last part of a module's path, at its first underscore: q_proj is q and _proj. */
const nameParts = (map: LinearDescription) => {
  const [, folder, stem, suffix] = /^(.*\.)?([^._]*)(_[^.]*)?$/.exec(moduleOf(map))!;
  return { folder: folder ?? '', stem: stem!, suffix: suffix ?? '' };
};

/** Queries, then keys, then values. */
export const projectionMap = ({ projections }: Pick<AttentionDescription, 'projections'>): JoinedMap => {
  if (projections.kind === 'joined') return singleMap(projections.map);
  const { query, key, value } = projections;
  const { folder, suffix } = nameParts(query);
  return { name: `${folder}qkv${suffix}`, maps: [query, key, value] };
};

/** What a feed-forward block makes of its input; of a gated one the gates, then what they let through. */
export const innerMap = (block: FeedForwardDescription): JoinedMap => {
  if (block.kind === 'plain') return singleMap(block.up);
  const { projections } = block;
  if (projections.kind === 'joined') return singleMap(projections.map);
  const { gate, up } = projections;
  const { folder, stem, suffix } = nameParts(gate);
  return { name: `${folder}${stem}_${nameParts(up).stem}${suffix}`, maps: [gate, up] };
};
