import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';

/**
 * Edit costs by label: a number for all nodes, or a function of the labels that is called once per label or pair. Costs
 * must be finite and not negative.
 */
export interface EditCosts {
  /** @defaultValue 1 */
  readonly insert?: number | ((label: string) => number);
  /** @defaultValue 1 */
  readonly delete?: number | ((label: string) => number);
  /** Called for different labels only. @defaultValue 1 */
  readonly rename?: number | ((from: string, to: string) => number);
  /** The cost of pairing two nodes with equal labels. @defaultValue 0 */
  readonly match?: number | ((label: string) => number);
}

/** A node whose cost is requested. */
export interface CostNode {
  readonly tree: FlatTree;
  /** Place in postorder: `tree.sizes[index]`, `tree.positions?.starts[index]`, … */
  readonly index: number;
  readonly label: string;
}

/**
 * Edit costs by node, for costs that depend on more than the label: on sizes, positions, or anything the caller keeps per
 * node. Equal subtrees in different places may cost different amounts, so nothing is shared between them, and a distance
 * takes several times as long as with `EditCosts`.
 */
export interface NodeEditCosts {
  readonly byNode: true;
  /** @defaultValue 1 */
  readonly insert?: number | ((node: CostNode) => number);
  /** @defaultValue 1 */
  readonly delete?: number | ((node: CostNode) => number);
  /** The cost of turning one node into the other. @defaultValue 0 for equal labels, 1 for different ones */
  readonly pair?: (from: CostNode, to: CostNode) => number;
}

/** Costs of the nodes of two given trees, by place in postorder. */
export interface ResolvedCosts {
  /** Whether equal labels imply equal costs, so that equal subtrees may share their distances. */
  readonly byLabel: boolean;
  /** Whether a tree is at distance 0 from itself. */
  readonly isZeroOnEqual: boolean;
  insert(j: number): number;
  delete(i: number): number;
  pair(i: number, j: number): number;
}

/** Every cost as a checked function of the nodes of `a` and `b`, or null for unit costs. */
export const resolveCosts = (
  costs: EditCosts | NodeEditCosts,
  a: FlatTree,
  b: FlatTree,
): ResolvedCosts | null => {
  if (isByNode(costs)) {
    checkOptions('costs', costs, NODE_EDIT_COSTS);
    return resolveByNode(costs, a, b);
  }
  checkOptions('costs', costs, EDIT_COSTS);
  return resolveByLabel(costs, a, b);
};

const EDIT_COSTS: OptionNames<EditCosts> = { insert: true, delete: true, rename: true, match: true };
const NODE_EDIT_COSTS: OptionNames<NodeEditCosts> = { byNode: true, insert: true, delete: true, pair: true };

const isByNode = (costs: EditCosts | NodeEditCosts): costs is NodeEditCosts =>
  Object.hasOwn(Object(costs), 'byNode');

const resolveByLabel = (costs: EditCosts, a: FlatTree, b: FlatTree): ResolvedCosts | null => {
  const { insert = 1, delete: remove = 1, rename = 1, match = 0 } = costs;
  checkKinds({ insert, delete: remove, rename, match });
  if (insert === 1 && remove === 1 && rename === 1 && match === 0) return null;
  const nameA = (i: number) => a.vocabulary.name(a.labels[i]!);
  const nameB = (j: number) => b.vocabulary.name(b.labels[j]!);
  const perLabel = (
    name: 'insert' | 'delete' | 'match',
    cost: number | ((label: string) => number),
    labels: Int32Array,
    nameOf: (node: number) => string,
  ) => {
    if (typeof cost === 'number') return () => cost;
    const known = new Map<number, number>();
    return (node: number) => {
      const label = labels[node]!;
      let value = known.get(label);
      if (value === undefined) {
        value = checkCost(cost(nameOf(node)), `costs.${name}('${nameOf(node)}')`);
        known.set(label, value);
      }
      return value;
    };
  };
  const matched = perLabel('match', match, a.labels, nameA);
  const renamed = renameTable(rename, a, b);
  return {
    byLabel: true,
    isZeroOnEqual: match === 0,
    insert: perLabel('insert', insert, b.labels, nameB),
    delete: perLabel('delete', remove, a.labels, nameA),
    pair: (i, j) => (a.labels[i] === b.labels[j] ? matched(i) : renamed(a.labels[i]!, b.labels[j]!)),
  };
};

/** Renames by pair of labels, each asked for once and when it is first needed. */
const renameTable = (
  rename: number | ((from: string, to: string) => number),
  a: FlatTree,
  b: FlatTree,
): ((from: number, to: number) => number) => {
  if (typeof rename === 'number') return () => rename;
  const places = (labels: Int32Array) => {
    const place = new Map<number, number>();
    for (const label of labels) if (!place.has(label)) place.set(label, place.size);
    return place;
  };
  const placesA = places(a.labels);
  const placesB = places(b.labels);
  const table = new Float64Array(placesA.size * placesB.size).fill(Number.NaN);
  return (from, to) => {
    const at = placesA.get(from)! * placesB.size + placesB.get(to)!;
    let cost = table[at]!;
    if (Number.isNaN(cost)) {
      const [before, after] = [a.vocabulary.name(from), b.vocabulary.name(to)];
      cost = checkCost(rename(before, after), `costs.rename('${before}', '${after}')`);
      table[at] = cost;
    }
    return cost;
  };
};

const resolveByNode = (costs: NodeEditCosts, a: FlatTree, b: FlatTree): ResolvedCosts => {
  const { byNode, insert = 1, delete: remove = 1, pair } = costs;
  if (byNode !== true) throw new TypeError(`costs.byNode must be true or left out, received ${byNode}`);
  checkKinds({ insert, delete: remove });
  if (pair !== undefined && typeof pair !== 'function') {
    throw new TypeError(`costs.pair must be a function, received ${typeof pair}`);
  }
  const nodes = (tree: FlatTree) =>
    Array.from(
      tree.labels,
      (label, index): CostNode => ({ tree, index, label: tree.vocabulary.name(label) }),
    );
  const [nodesA, nodesB] = [nodes(a), nodes(b)];
  const single = (name: string, cost: number | ((node: CostNode) => number), all: readonly CostNode[]) =>
    typeof cost === 'number'
      ? () => cost
      : (node: number) => checkCost(cost(all[node]!), `costs.${name}(node ${node})`);
  return {
    byLabel: false,
    isZeroOnEqual: false,
    insert: single('insert', insert, nodesB),
    delete: single('delete', remove, nodesA),
    pair:
      pair === undefined
        ? (i, j) => (a.labels[i] === b.labels[j] ? 0 : 1)
        : (i, j) => checkCost(pair(nodesA[i]!, nodesB[j]!), `costs.pair(node ${i}, node ${j})`),
  };
};

const checkKinds = (costs: Readonly<Record<string, unknown>>): void => {
  for (const [name, cost] of Object.entries(costs)) {
    if (typeof cost === 'number') checkCost(cost, `costs.${name}`);
    else if (typeof cost !== 'function') {
      throw new TypeError(`costs.${name} must be a number or a function, received ${typeof cost}`);
    }
  }
};

const checkCost = (cost: number, name: string): number => {
  if (typeof cost !== 'number' || !(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} must be a finite number of at least 0, received ${cost}`);
  }
  return cost;
};
