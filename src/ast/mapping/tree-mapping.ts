/** Which node became which: nodes are named by their place in postorder. */
export interface TreeMapping {
  /** The cost of the edits that the mapping stands for, which is the tree edit distance. */
  readonly distance: number;
  /** [|a|], the node of `b` that each node of `a` became, or −1 where it was deleted. */
  readonly targets: Int32Array;
  /** [|b|], the node of `a` that each node of `b` was, or −1 where it was inserted. */
  readonly sources: Int32Array;
}
