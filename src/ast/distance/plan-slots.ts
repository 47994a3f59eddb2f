import type { OrientedTree } from '../tree/prepared-tree.js';

/**
 * For each node in order where the table before it stands, where the one before its subtree does, and where its own
 * goes: in place, but for leaves and where a node further on still needs what was before. Tables start in slot 0.
 */
export const planSlots = (
  tree: OrientedTree,
  order: readonly number[],
  above: number,
  mirrored: boolean,
): { readonly program: readonly (readonly [number, number, number])[]; readonly slots: number } => {
  const free: number[] = [];
  /** Tables that wait for the last node of those whose subtrees start there. */
  const waiting: number[] = [];
  let slots = 1;
  let current = 0;
  const program = order.map((node): [number, number, number] => {
    const parent = tree.parents[node]!;
    const goesOn =
      parent !== above && (mirrored ? tree.first[parent] === tree.first[node] : parent === node + 1);
    if (tree.first[node] !== node) {
      const base = waiting.at(-1)!;
      if (!goesOn) {
        waiting.pop();
        free.push(base);
      }
      return [current, base, current];
    }
    const previous = current;
    current = free.pop() ?? slots++;
    if (goesOn) waiting.push(previous);
    else free.push(previous);
    return [previous, previous, current];
  });
  return { program, slots };
};
