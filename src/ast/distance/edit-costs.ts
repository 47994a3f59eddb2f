/**
 * What edits cost: a number for all nodes or a function of the labels. Costs are finite and not negative; a pair
 * of equal labels always costs 0, so `rename` is asked about different labels only.
 */
export interface EditCosts {
  /** @defaultValue 1 */
  readonly insert?: number | ((label: string) => number);
  /** @defaultValue 1 */
  readonly delete?: number | ((label: string) => number);
  /** @defaultValue 1 */
  readonly rename?: number | ((from: string, to: string) => number);
}

export interface ResolvedCosts {
  insert(label: string): number;
  delete(label: string): number;
  rename(from: string, to: string): number;
}

/** Every cost as a checked function, or null for unit costs. */
export const resolveCosts = (costs: EditCosts): ResolvedCosts | null => {
  const { insert = 1, delete: remove = 1, rename = 1 } = costs;
  if (insert === 1 && remove === 1 && rename === 1) return null;
  for (const [name, cost] of Object.entries({ insert, delete: remove, rename })) {
    if (typeof cost === 'number') checkCost(cost, `costs.${name}`);
    else if (typeof cost !== 'function') {
      throw new TypeError(`costs.${name} must be a number or a function, received ${typeof cost}`);
    }
  }
  return {
    insert:
      typeof insert === 'number'
        ? () => insert
        : (label) => checkCost(insert(label), `costs.insert('${label}')`),
    delete:
      typeof remove === 'number'
        ? () => remove
        : (label) => checkCost(remove(label), `costs.delete('${label}')`),
    rename:
      typeof rename === 'number'
        ? () => rename
        : (from, to) => checkCost(rename(from, to), `costs.rename('${from}', '${to}')`),
  };
};

const checkCost = (cost: number, name: string): number => {
  if (typeof cost !== 'number' || !(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} must be a finite number of at least 0, received ${cost}`);
  }
  return cost;
};
