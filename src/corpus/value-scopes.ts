import type { FlowPlace, ValueExpression } from '../syntax/index.js';
import type { Holder } from './call-values.js';
import type { IndexedFile } from './calls/repository-index.js';

/** An assignment and the holder of its value. */
export interface Assignment {
  readonly place: FlowPlace;
  readonly key: Holder;
}

/** `a.b['c']` as a text, or null where a part of it is not fixed. */
export const fixedPath = (value: ValueExpression): string | null => {
  if (value.kind === 'name') return value.name;
  if (value.kind !== 'member' && value.kind !== 'item') return null;
  const object = fixedPath(value.object);
  const key = value.kind === 'member' ? `.${value.name}` : value.key === null ? null : `[${value.key}]`;
  return object === null || key === null ? null : object + key;
};

/** The name that a fixed path starts with. */
const rootOf = (path: string): string => /^[^.[]*/.exec(path)![0];

/** A file's assignments by scope and by what they assign to. */
export class AssignmentTable {
  readonly #byScope = new Map<number, Map<string, Assignment[]>>();

  constructor(readonly file: IndexedFile) {}

  add(scope: number, path: string, assignment: Assignment): void {
    let inScope = this.#byScope.get(scope);
    if (inScope === undefined) {
      inScope = new Map();
      this.#byScope.set(scope, inScope);
    }
    const list = inScope.get(path);
    if (list === undefined) inScope.set(path, [assignment]);
    else list.push(assignment);
  }

  has(scope: number, path: string): boolean {
    return this.#byScope.get(scope)?.has(path) === true;
  }

  /** True where an assignment to `path` has a node in what it assigns. */
  holds(scope: number, path: string, node: number): boolean {
    const list = this.#byScope.get(scope)?.get(path) ?? [];
    return list.some(({ place }) => place.start <= node && node < place.since);
  }

  /**
   * The assignments whose value may be in `path` at a node of the same scope, if one of them has surely run before
   * it and so replaced what was there; else null.
   */
  reaching(scope: number, path: string, at: number): readonly Assignment[] | null {
    const list = this.#byScope.get(scope)?.get(path);
    if (list === undefined) return null;
    const last = list.findLast(({ place }) => place.since <= at && at < place.blockEnd);
    if (last === undefined) return null;
    const root = rootOf(path);
    if (root !== path) {
      // Another object may be behind the name by now.
      const moved = this.#byScope.get(scope)?.get(root) ?? [];
      if (moved.some(({ place }) => place.since > last.place.since && place.since <= at)) return null;
    }
    const { since } = last.place;
    return list.filter((other) => {
      if (other === last) return true;
      const { place } = other;
      if (place.since <= at) return place.since > since;
      const { loopStart, loopEnd } = place;
      return loopStart >= 0 && loopStart <= at && at < loopEnd && !(loopStart <= since && since <= loopEnd);
    });
  }
}
