/**
 * A node in an edit, as something that has a place in one of the trees or in both: in postorder, −1 where it has none.
 */
export interface EditedNode {
  /** The node of the first tree, or −1. */
  readonly from: number;
  /** The node of the second tree, or −1. */
  readonly to: number;
}

/** The node that another one is put under. */
export interface EditedParent extends EditedNode {
  /** Its label in the second tree. */
  readonly label: string;
}

/** A node that stays as it is. */
export interface KeepEdit extends EditedNode {
  readonly kind: 'keep';
  readonly label: string;
  readonly newLabel: string;
}

/** A node that gets another label. */
export interface RenameEdit extends EditedNode {
  readonly kind: 'rename';
  readonly label: string;
  readonly newLabel: string;
}

/** A node that goes; its children take its place. */
export interface DeleteEdit extends EditedNode {
  readonly kind: 'delete';
  readonly to: -1;
  readonly label: string;
  readonly newLabel: null;
}

/** A new node. */
export interface InsertEdit extends EditedNode {
  readonly kind: 'insert';
  readonly from: -1;
  readonly label: null;
  readonly newLabel: string;
  /** Under which node, which is there before this edit; null for a root. */
  readonly parent: EditedParent | null;
  /** How many children the parent has before the new one. */
  readonly position: number;
  /** How many of the parent's children, from that position on, become children of the new node. */
  readonly adopts: number;
}

/** A node that goes to another place with all below it. */
export interface MoveEdit extends EditedNode {
  readonly kind: 'move';
  readonly label: string;
  readonly newLabel: string;
  /** How many nodes move. */
  readonly size: number;
  /** Under which node, which is there before this edit; null for a root. */
  readonly parent: EditedParent | null;
  /** How many children the parent has before the moved one, which is counted nowhere. */
  readonly position: number;
}

/** One step of an edit script. */
export type TreeEdit = KeepEdit | RenameEdit | DeleteEdit | InsertEdit | MoveEdit;
