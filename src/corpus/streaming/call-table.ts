import { CALL_CONFIDENCE, CALL_TIERS } from '../calls/call-tiers.js';
import type { ResolvedCall } from '../calls/resolve-calls.js';
import { callReference } from '../describe-functions.js';
import type { CallReference, CallTier, CodeFunction } from '../extraction/code-function.js';
import type { CallEdge } from '../repository-analysis.js';
import { IntegerList } from './integer-list.js';

/** Units by their numbers in the repository: what references to them say. */
export class UnitNames {
  /** The halves of ids, which are 16 hexadecimal digits. */
  readonly #ids = new IntegerList();
  readonly #nameOf = new IntegerList();
  /** Files' own code; the rest are functions, or classes and files, which no reference tells apart. */
  readonly #modules = new Set<number>();
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  get length(): number {
    return this.#nameOf.length;
  }

  add({ id, kind }: Pick<CodeFunction, 'id' | 'kind'>, name: string): void {
    if (kind === 'module') this.#modules.add(this.length);
    this.#ids.push(Number.parseInt(id.slice(0, 8), 16) | 0);
    this.#ids.push(Number.parseInt(id.slice(8), 16) | 0);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    this.#nameOf.push(number);
  }

  id(unit: number): string {
    const half = (at: number) => (this.#ids.at(at) >>> 0).toString(16).padStart(8, '0');
    return half(2 * unit) + half(2 * unit + 1);
  }

  reference(unit: number, tier: CallTier): CallReference {
    const kind = this.#modules.has(unit) ? 'module' : 'function';
    return callReference({ id: this.id(unit), name: this.#names[this.#nameOf.at(unit)]!, kind }, tier);
  }
}

/** The calls of a repository in three integers each, by the units at their ends. */
export class CallTable {
  readonly #callers = new IntegerList();
  readonly #callees = new IntegerList();
  readonly #tiers = new IntegerList();
  /** Calls by the unit called, the most trusted first, and where those of each unit begin. */
  #byCallee: { readonly calls: Int32Array; readonly starts: Int32Array } | null = null;

  constructor(readonly units: UnitNames) {}

  get length(): number {
    return this.#callers.length;
  }

  add({ caller, callee, tier }: ResolvedCall): void {
    this.#callers.push(caller);
    this.#callees.push(callee);
    this.#tiers.push(CALL_TIERS.indexOf(tier));
  }

  /** Sorts the calls by callee and tier; within these they keep their order. */
  finish(): void {
    const count = this.length;
    const starts = new Int32Array(this.units.length + 1);
    for (let call = 0; call < count; call++) starts[this.#callees.at(call) + 1]!++;
    for (let unit = 0; unit < this.units.length; unit++) starts[unit + 1]! += starts[unit]!;
    const next = starts.slice();
    const calls = new Int32Array(count);
    for (let tier = 0; tier < CALL_TIERS.length; tier++)
      for (let call = 0; call < count; call++)
        if (this.#tiers.at(call) === tier) calls[next[this.#callees.at(call)]!++] = call;
    this.#byCallee = { calls, starts };
  }

  edges(from: number, to: number): CallEdge[] {
    return Array.from({ length: to - from }, (_, at) => {
      const call = from + at;
      const tier = this.#tier(call);
      return {
        caller: this.units.id(this.#callers.at(call)),
        callee: this.units.id(this.#callees.at(call)),
        tier,
        confidence: CALL_CONFIDENCE[tier],
      };
    });
  }

  /** The calls from `from` to `to` by their callers, the most trusted first; those of a unit to itself are left out. */
  callees(from: number, to: number): Map<number, CallReference[]> {
    const found = new Map<number, CallReference[]>();
    for (let tier = 0; tier < CALL_TIERS.length; tier++) {
      for (let call = from; call < to; call++) {
        const caller = this.#callers.at(call);
        const callee = this.#callees.at(call);
        if (this.#tiers.at(call) !== tier || caller === callee) continue;
        const known = found.get(caller);
        const reference = this.#reference(callee, call);
        if (known === undefined) found.set(caller, [reference]);
        else known.push(reference);
      }
    }
    return found;
  }

  callers(unit: number): CallReference[] {
    const { calls, starts } = this.#byCallee!;
    const references: CallReference[] = [];
    for (let at = starts[unit]!; at < starts[unit + 1]!; at++) {
      const caller = this.#callers.at(calls[at]!);
      if (caller !== unit) references.push(this.#reference(caller, calls[at]!));
    }
    return references;
  }

  #reference(unit: number, call: number): CallReference {
    return this.units.reference(unit, this.#tier(call));
  }

  #tier(call: number): CallTier {
    return CALL_TIERS[this.#tiers.at(call)]!;
  }
}
